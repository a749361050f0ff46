import assert from "node:assert/strict";
import interpose from "../../plugins/pipelines/interpose.ts";
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
function start(memory: Memory, registries = builtIn) {
  const pipeline = interpose.create({ tableBase: 200 });
  const model = new Model({ resolvers, pipeline, surroundings: ALONE });
  const sources = [{ name: "files", watch: () => assert.fail("not followed") }];
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
