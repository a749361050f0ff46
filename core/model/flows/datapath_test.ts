/** Which parts of the pipeline are in use: who begins to use a part, who is the last, and what drains. */
import assert from "node:assert/strict";
import interpose from "../../../plugins/pipelines/interpose.ts";
import { usedPipeline } from "./used_pipeline.ts";
import type { Control } from "../../objects/types.ts";
import { formatFlow } from "../../openflow/mod.ts";
import type { Placement } from "../pods/placement.ts";
import { combine } from "../pods/treatments.ts";
import { mirror, redirect } from "../testing/fixtures.ts";
import { Datapath, DRAIN_TIME } from "./datapath.ts";
import { FlowSet } from "./flow_set.ts";

const NUMBERS: Readonly<Record<string, number>> = {
  p1: 1,
  p2: 2,
  tap0: 10,
  tap1: 11,
  t: 20,
  u: 21,
};

/** A bridge whose ports have numbers that can be changed. */
class Scene {
  now = 1000;
  loops = false;
  readonly ofports = new Map(Object.entries(NUMBERS));
  readonly flows = new FlowSet();
  readonly datapath = new Datapath(usedPipeline(interpose, 200), {
    flows: this.flows,
    ofport: (port) => this.ofports.get(port),
    loops: () => this.loops,
  });

  /** The Pod at its port, with what these TrafficControls do to it. */
  place(pod: string, ...controls: readonly Control[]): void {
    this.datapath.setPod(pod, [placement(pod, controls)], this.now);
    this.datapath.render();
  }
  remove(pod: string): void {
    this.datapath.setPod(pod, [], this.now);
    this.datapath.render();
  }
  after(milliseconds: number): void {
    this.now += milliseconds;
    this.datapath.expire(this.now);
    this.datapath.render();
  }

  /** Flows as text; the order is of no matter. */
  get texts(): string[] {
    return this.flows.desired().map(formatFlow).sort();
  }
  withInPort(number: number): string[] {
    return this.texts.filter((text) => new RegExp(`in_port=${number}\\b`).test(text));
  }
}

function placement(pod: string, controls: readonly Control[]): Placement {
  const [egress, ingress] = [combine(controls, "egress"), combine(controls, "ingress")];
  return {
    port: pod,
    macs: [`02:00:00:00:00:0${NUMBERS[pod]}`],
    ips: [],
    match: "mac",
    access: false,
    ambiguous: false,
    ...(egress && { egress }),
    ...(ingress && { ingress }),
  };
}

const toTap0 = mirror("m", "1", "tap0");
const through = redirect("r", "1", ["t", "u"]);

Deno.test("without a selected Pod there is not one flow", () => {
  const scene = new Scene();
  scene.place("p1");
  assert.equal(scene.flows.size, 0);
  scene.place("p1", toTap0);
  assert.ok(scene.flows.size > 0);
  scene.place("p1");
  assert.equal(scene.flows.size, 0);
});

Deno.test("what Pods share is there once, and goes with the last of them", () => {
  const scene = new Scene();
  scene.place("p1", toTap0);
  const one = new Set(scene.texts);
  scene.place("p2", toTap0);
  const two = new Set(scene.texts);
  assert.ok(one.isSubsetOf(two), "the second Pod changes nothing of the first");
  scene.remove("p1");
  assert.ok(scene.withInPort(NUMBERS.tap0!).length > 0, "the mirror is still in use");
  scene.remove("p2");
  assert.equal(scene.flows.size, 0);
});

Deno.test("the same in another order gives the same flows", () => {
  const [one, other] = [new Scene(), new Scene()];
  one.place("p1", toTap0);
  one.place("p2", through);
  other.place("p2", through);
  other.place("p1", through);
  other.place("p1", toTap0);
  assert.deepEqual(other.texts, one.texts);
});

Deno.test("a pair that is given up drains: what is inside the sensor comes home, then all goes", () => {
  const scene = new Scene();
  scene.place("p1", through);
  const home = scene.withInPort(NUMBERS.u!);
  assert.ok(home.length > 0);
  scene.place("p1");
  assert.deepEqual(scene.withInPort(NUMBERS.u!), home);
  assert.deepEqual([...scene.datapath.portsInUse()].sort(), ["t", "u"]);
  assert.equal(scene.datapath.dueAt(), scene.now + DRAIN_TIME);
  scene.after(DRAIN_TIME - 1);
  assert.deepEqual(scene.withInPort(NUMBERS.u!), home);
  scene.after(1);
  assert.equal(scene.flows.size, 0);
  assert.deepEqual([scene.datapath.dueAt(), scene.datapath.portsInUse().size], [Infinity, 0]);
});

Deno.test("a pair that would loop does not drain", () => {
  const scene = new Scene();
  scene.place("p1", through);
  scene.loops = true;
  scene.place("p1");
  const rows = scene.withInPort(NUMBERS.u!);
  assert.ok(rows.length > 0 && rows.every((row) => row.endsWith("actions=drop")), rows.join("\n"));
});

Deno.test("a pair that is used again while it drains is as before", () => {
  const scene = new Scene();
  scene.place("p1", through);
  const before = scene.texts;
  scene.place("p1");
  scene.place("p1", through);
  scene.after(DRAIN_TIME);
  assert.deepEqual(scene.texts, before);
});

Deno.test("only where there is a pair is a Pod known that nothing selects: its packets may come from the pair", () => {
  const scene = new Scene();
  scene.place("p2");
  scene.place("p1", toTap0);
  assert.equal(scene.withInPort(NUMBERS.p2!).length, 0);
  scene.place("p1", through);
  assert.ok(scene.withInPort(NUMBERS.p2!).length > 0);
});

Deno.test("a port that gets another number changes the rows that name it; without a number it has none", () => {
  const scene = new Scene();
  scene.place("p1", toTap0);
  scene.ofports.set("tap0", 77);
  scene.datapath.portChanged("tap0");
  scene.datapath.render();
  assert.equal(scene.withInPort(NUMBERS.tap0!).length, 0);
  assert.ok(scene.withInPort(77).length > 0);
  scene.ofports.delete("tap0");
  scene.datapath.portChanged("tap0");
  scene.datapath.render();
  assert.equal(scene.withInPort(77).length, 0);
});

Deno.test("a part that cannot be written is said, and stops no other", () => {
  const scene = new Scene();
  const wrong = { ...placement("p1", [toTap0]), macs: ["not a MAC"] };
  scene.datapath.setPod("p1", [wrong], scene.now);
  scene.place("p2", toTap0);
  assert.deepEqual([...scene.datapath.broken.keys()], ["pod p1 p1"]);
  assert.ok(scene.withInPort(NUMBERS.p2!).length > 0);
  scene.place("p1", toTap0);
  assert.equal(scene.datapath.broken.size, 0);
});
