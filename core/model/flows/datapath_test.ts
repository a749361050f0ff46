/** Which parts of the pipeline have flows: from the first use of a part to its last, and which pairs drain. */
import assert from "node:assert/strict";
import interpose from "../../../plugins/pipelines/interpose.ts";
import { ALL_VLANS } from "../../contracts/mod.ts";
import { usedPipeline } from "./used_pipeline.ts";
import type { Control } from "../../objects/types.ts";
import { formatFlow } from "../../openflow/mod.ts";
import type { TreatedPort } from "../pods/treated_pod.ts";
import { combine } from "../pods/treatments.ts";
import { mirror, redirect } from "../testing/fixtures.ts";
import { Datapath } from "./datapath.ts";
import { FlowSet } from "./flow_set.ts";
import { DRAIN_TIME } from "./parts_in_use.ts";

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
    ports: {
      named: (name) => {
        const ofport = this.ofports.get(name);
        return ofport === undefined ? undefined : { ofport, type: "", options: {} };
      },
      local: () => undefined,
      withVLANs: () => [],
      flooded: () => undefined,
    },
    isReady: () => true,
    loops: () => this.loops,
  });

  /** Sets what these TrafficControls do at the Pod's port. */
  place(pod: string, ...controls: readonly Control[]): void {
    this.datapath.setPod(pod, [treatedPort(pod, controls)], this.now);
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

  /** Flows as sorted text. */
  get texts(): string[] {
    return this.flows.desired().map(formatFlow).sort();
  }
  withInPort(number: number): string[] {
    return this.texts.filter((text) => new RegExp(`in_port=${number}\\b`).test(text));
  }
}

function treatedPort(pod: string, controls: readonly Control[]): TreatedPort {
  const [egress, ingress] = [combine(controls, "egress"), combine(controls, "ingress")];
  return {
    port: pod,
    macs: [`02:00:00:00:00:0${NUMBERS[pod]}`],
    ips: [],
    match: "mac",
    vlans: ALL_VLANS,
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

Deno.test("flows that several Pods share are written once, and go with the last of these Pods", () => {
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

Deno.test("the same Pods in another order give the same flows", () => {
  const [one, other] = [new Scene(), new Scene()];
  one.place("p1", toTap0);
  one.place("p2", through);
  other.place("p2", through);
  other.place("p1", through);
  other.place("p1", toTap0);
  assert.deepEqual(other.texts, one.texts);
});

Deno.test("a pair that is used no more drains: packets inside the sensor still come back, then its flows go", () => {
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

Deno.test("a pair whose packets would loop does not drain", () => {
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

Deno.test("a Pod that nothing selects has flows only while there is a pair: its packets may come back from the pair", () => {
  const scene = new Scene();
  scene.place("p2");
  scene.place("p1", toTap0);
  assert.equal(scene.withInPort(NUMBERS.p2!).length, 0);
  scene.place("p1", through);
  assert.ok(scene.withInPort(NUMBERS.p2!).length > 0);
});

Deno.test("when a port gets another number, the rows that name it change; a port without a number has no rows", () => {
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

Deno.test("a part that cannot be written is named in `broken`, and the other parts are written", () => {
  const scene = new Scene();
  const wrong = { ...treatedPort("p1", [toTap0]), macs: ["not a MAC"] };
  scene.datapath.setPod("p1", [wrong], scene.now);
  scene.place("p2", toTap0);
  assert.deepEqual([...scene.datapath.broken.keys()], ["pod p1 p1"]);
  assert.ok(scene.withInPort(NUMBERS.p2!).length > 0);
  scene.place("p1", toTap0);
  assert.equal(scene.datapath.broken.size, 0);
});
