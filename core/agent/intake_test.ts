import assert from "node:assert/strict";
import interpose from "../../plugins/pipelines/interpose.ts";
import { usedPipeline } from "../model/flows/used_pipeline.ts";
import { actions, options, resolvers } from "../../plugins/mod.ts";
import { targets } from "../../targets/mod.ts";
import { ALONE } from "../model/testing/fixtures.ts";
import type { Memory } from "../contracts/mod.ts";
import { Intake } from "./intake.ts";
import { NO_LOG } from "../base/log.ts";
import { Model } from "../model/model.ts";
import { index } from "../contracts/registry.ts";

const builtIn = {
  targets: index("target", targets, ({ kind }) => kind),
  actions: index("action", actions, ({ name }) => name),
  options: index("option", options, ({ field }) => field),
};

class MapMemory implements Memory {
  readonly values = new Map<string, unknown>();
  keys = () => [...this.values.keys()];
  get = (key: string) => structuredClone(this.values.get(key));
  set = (key: string, value: unknown) => void this.values.set(key, value);
  delete = (key: string) => void this.values.delete(key);
}

/** An agent's intake, which begins with nothing but what is remembered. */
function start(memory: Memory, registries = builtIn, names: readonly string[] = ["files"]) {
  const pipeline = usedPipeline(interpose, 200);
  const model = new Model({ resolvers, pipeline, surroundings: ALONE });
  const sources = names.map((name) => ({ name, watch: () => assert.fail("not followed") }));
  return {
    model,
    intake: new Intake({ sources, sinks: [model], registries, memory, log: NO_LOG }),
  };
}

const control = (
  port: string,
  { uid, direction = "Both" }: { uid: string; direction?: string },
) => ({
  apiVersion: "crd.antrea.io/v1alpha2",
  kind: "TrafficControl",
  metadata: { name: "m", uid },
  spec: {
    appliedTo: { podSelector: {} },
    direction,
    action: "Mirror",
    targetPort: { ovsInternal: { name: port } },
  },
});

const targetOf = (model: Model) => model.controls.get("m")?.ports[0]?.spec.name;
const snapshot = (...objects: object[]) => ({ type: "snapshot", objects }) as const;
const wrong = (uid: string) => control("tap9", { uid, direction: "Sideways" });

/** What an agent remembers that has seen a good one, and then a wrong one. */
function remembered(): MapMemory {
  const memory = new MapMemory();
  const { model, intake } = start(memory);
  intake.take("files", "TrafficControl", snapshot(control("tap0", { uid: "1" })));
  intake.take("files", "TrafficControl", { type: "set", object: wrong("1") });
  assert.equal(targetOf(model), "tap0");
  return memory;
}

Deno.test("the next agent goes on with the last good state of what is refused, and says that it is", () => {
  const memory = remembered();
  const { model, intake } = start(memory);
  intake.take("files", "TrafficControl", snapshot(wrong("1")));
  assert.equal(targetOf(model), "tap0");
  assert.deepEqual(intake.invalid.get("m")?.map(({ reason }) => reason), ["Invalid"]);
  intake.take("files", "TrafficControl", { type: "set", object: control("tap1", { uid: "1" }) });
  assert.equal(targetOf(model), "tap1");
  assert.equal(intake.invalid.size, 0);
});

Deno.test("what is not in the first snapshot is forgotten, whatever comes later under its name", () => {
  const memory = remembered();
  const { model, intake } = start(memory);
  intake.take("files", "TrafficControl", snapshot());
  assert.deepEqual(memory.keys(), []);
  intake.take("files", "TrafficControl", { type: "set", object: wrong("1") });
  assert.equal(targetOf(model), undefined);
});

Deno.test("a snapshot of one kind forgets nothing of another", () => {
  const memory = remembered();
  const { model, intake } = start(memory);
  intake.take("files", "Namespace", snapshot());
  intake.take("files", "Pod", snapshot());
  intake.take("files", "TrafficControl", snapshot(wrong("1")));
  assert.equal(targetOf(model), "tap0");
});

Deno.test("an object that was deleted and made again meanwhile has no last good state", () => {
  const { model, intake } = start(remembered());
  intake.take("files", "TrafficControl", snapshot(wrong("2")));
  assert.equal(targetOf(model), undefined);
});

Deno.test("what was remembered is judged by the plugins of now", () => {
  const { model, intake } = start(remembered(), { ...builtIn, targets: new Map() });
  intake.take("files", "TrafficControl", snapshot(wrong("1")));
  assert.equal(targetOf(model), undefined);
  intake.usePlugins(builtIn);
  assert.equal(targetOf(model), "tap0");
});

Deno.test("a memory of things that are no objects is as good as none", () => {
  for (const value of [null, 7, "a", [], {}, { metadata: null }, { metadata: { uid: "1" } }]) {
    const memory = new MapMemory();
    memory.set("TrafficControl/m", value);
    const { model, intake } = start(memory);
    intake.take("files", "TrafficControl", snapshot(wrong("1")));
    assert.equal(targetOf(model), undefined);
  }
});

/** Two sources, of which the first counts. */
function startTwo(memory = new MapMemory()) {
  return { memory, ...start(memory, builtIn, ["files", "kubernetes"]) };
}
const KINDS = ["TrafficControl", "Namespace", "Pod"] as const;

Deno.test("what one source does not list another may: each is kept apart", () => {
  const { model, intake } = startTwo();
  intake.take("files", "TrafficControl", snapshot(control("tap0", { uid: "1" })));
  intake.take("kubernetes", "TrafficControl", snapshot());
  assert.equal(targetOf(model), "tap0", "the other source's snapshot says nothing of it");
  intake.take("kubernetes", "TrafficControl", { type: "delete", key: { name: "m" } });
  assert.equal(targetOf(model), "tap0", "nor does its deletion");
  intake.take("files", "TrafficControl", snapshot());
  assert.equal(targetOf(model), undefined);
});

Deno.test("of two objects of one name that of the first source counts, and the other takes over", () => {
  const { model, intake } = startTwo();
  intake.take("kubernetes", "TrafficControl", snapshot(control("tap1", { uid: "2" })));
  assert.deepEqual([targetOf(model), intake.sourceOf("m")], ["tap1", "kubernetes"]);
  intake.take("files", "TrafficControl", snapshot(control("tap0", { uid: "1" })));
  assert.deepEqual([targetOf(model), intake.sourceOf("m")], ["tap0", "files"]);
  assert.match(intake.issues().join(), /TrafficControl "m": sources files and kubernetes list it/);
  intake.take("kubernetes", "TrafficControl", {
    type: "set",
    object: control("tap2", { uid: "2" }),
  });
  assert.equal(targetOf(model), "tap0");
  intake.take("files", "TrafficControl", { type: "delete", key: { name: "m" } });
  assert.deepEqual([targetOf(model), intake.sourceOf("m")], ["tap2", "kubernetes"]);
  assert.deepEqual(intake.issues(), []);
});

Deno.test("nothing is complete before every source has given every kind", () => {
  const { intake } = startTwo();
  for (const kind of KINDS) intake.take("files", kind, snapshot());
  assert.deepEqual([intake.complete, intake.incomplete()], [false, ["kubernetes"]]);
  for (const kind of KINDS) intake.take("kubernetes", kind, snapshot());
  assert.deepEqual([intake.complete, intake.incomplete()], [true, []]);
});

Deno.test("a memory keeps what the other source may still list, until all have given everything", () => {
  const { memory, intake, model } = startTwo(remembered());
  intake.take("files", "TrafficControl", snapshot());
  assert.deepEqual(memory.keys(), ["TrafficControl/m"]);
  intake.take("kubernetes", "TrafficControl", snapshot(wrong("1")));
  assert.equal(targetOf(model), "tap0", "the last good state goes on");
  intake.take("kubernetes", "TrafficControl", snapshot());
  assert.deepEqual(memory.keys(), []);
});
