import assert from "node:assert/strict";
import interpose from "../../plugins/pipelines/interpose.ts";
import { usedPipeline } from "../model/flows/used_pipeline.ts";
import { actions, options, resolvers } from "../../plugins/mod.ts";
import { targets } from "../../targets/mod.ts";
import { ALONE } from "../model/testing/fixtures.ts";
import type { Memory } from "../contracts/mod.ts";
import { Intake, type ObjectSink } from "./intake.ts";
import type { PodObject } from "../objects/types.ts";
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

/** The intake of an agent that has just started: it has no objects, only the memory. */
function start(memory: Memory, registries = builtIn, names: readonly string[] = ["files"]) {
  const pipeline = usedPipeline(interpose, 200);
  const model = new Model({ resolvers, pipeline, surroundings: ALONE });
  const sources = names.map((name) => ({ name, watch: () => assert.fail("not followed") }));
  return {
    model,
    intake: new Intake({
      sources,
      sinks: [model],
      trusted: ["files"],
      registries,
      resolvers,
      memory,
      log: NO_LOG,
    }),
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

/** The memory of an agent that has seen a valid TrafficControl, and then an invalid version of it. */
function remembered(): MapMemory {
  const memory = new MapMemory();
  const { model, intake } = start(memory);
  intake.take("files", "TrafficControl", snapshot(control("tap0", { uid: "1" })));
  intake.take("files", "TrafficControl", { type: "set", object: wrong("1") });
  assert.equal(targetOf(model), "tap0");
  return memory;
}

Deno.test("after a restart, a refused TrafficControl has its last good state, and a condition", () => {
  const memory = remembered();
  const { model, intake } = start(memory);
  intake.take("files", "TrafficControl", snapshot(wrong("1")));
  assert.equal(targetOf(model), "tap0");
  assert.deepEqual(intake.invalid.get("m")?.map(({ reason }) => reason), ["Invalid"]);
  intake.take("files", "TrafficControl", { type: "set", object: control("tap1", { uid: "1" }) });
  assert.equal(targetOf(model), "tap1");
  assert.equal(intake.invalid.size, 0);
});

Deno.test("an object that the first snapshot does not have is forgotten: a later one of its name gets no state", () => {
  const memory = remembered();
  const { model, intake } = start(memory);
  intake.take("files", "TrafficControl", snapshot());
  assert.deepEqual(memory.keys(), []);
  intake.take("files", "TrafficControl", { type: "set", object: wrong("1") });
  assert.equal(targetOf(model), undefined);
});

Deno.test("a snapshot of one kind forgets no object of another kind", () => {
  const memory = remembered();
  const { model, intake } = start(memory);
  intake.take("files", "Namespace", snapshot());
  intake.take("files", "Pod", snapshot());
  intake.take("files", "TrafficControl", snapshot(wrong("1")));
  assert.equal(targetOf(model), "tap0");
});

Deno.test("an object that was deleted and made again during a restart has no last good state", () => {
  const { model, intake } = start(remembered());
  intake.take("files", "TrafficControl", snapshot(wrong("2")));
  assert.equal(targetOf(model), undefined);
});

Deno.test("a last good state from an earlier run is judged by today's plugins", () => {
  const { model, intake } = start(remembered(), { ...builtIn, targets: new Map() });
  intake.take("files", "TrafficControl", snapshot(wrong("1")));
  assert.equal(targetOf(model), undefined);
  intake.usePlugins(builtIn, []);
  assert.equal(targetOf(model), "tap0");
});

Deno.test("values in the memory that are no objects are ignored", () => {
  for (const value of [null, 7, "a", [], {}, { metadata: null }, { metadata: { uid: "1" } }]) {
    const memory = new MapMemory();
    memory.set("TrafficControl/m", value);
    const { model, intake } = start(memory);
    intake.take("files", "TrafficControl", snapshot(wrong("1")));
    assert.equal(targetOf(model), undefined);
  }
});

/** An intake with two sources, of which `files` counts first. */
function startTwo(memory = new MapMemory()) {
  return { memory, ...start(memory, builtIn, ["files", "kubernetes"]) };
}
const KINDS = ["TrafficControl", "Namespace", "Pod"] as const;

Deno.test("a snapshot or a deletion of one source does not touch an object of another source", () => {
  const { model, intake } = startTwo();
  intake.take("files", "TrafficControl", snapshot(control("tap0", { uid: "1" })));
  intake.take("kubernetes", "TrafficControl", snapshot());
  assert.equal(targetOf(model), "tap0", "after the snapshot of the other source");
  intake.take("kubernetes", "TrafficControl", { type: "delete", key: { name: "m" } });
  assert.equal(targetOf(model), "tap0", "after a deletion by the other source");
  intake.take("files", "TrafficControl", snapshot());
  assert.equal(targetOf(model), undefined);
});

Deno.test("of two objects of one name that of the first source counts; when it goes, the other one counts", () => {
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

Deno.test("the memory keeps an object until its source does not list it and all have given everything", () => {
  const memory = new MapMemory();
  const before = startTwo(memory);
  before.intake.take("kubernetes", "TrafficControl", snapshot(control("tap0", { uid: "1" })));
  const { intake, model } = startTwo(memory);
  intake.take("files", "TrafficControl", snapshot());
  assert.deepEqual(memory.keys(), ["kubernetes TrafficControl/m"]);
  intake.take("kubernetes", "TrafficControl", snapshot(wrong("1")));
  assert.equal(targetOf(model), "tap0", "the last good state goes on");
  intake.take("kubernetes", "TrafficControl", snapshot());
  assert.deepEqual(memory.keys(), []);
});

Deno.test("a broken object of one source does not keep another source's alive, nor take its place", () => {
  const { model, intake } = startTwo();
  intake.take("files", "TrafficControl", snapshot(wrong("1")));
  intake.take("kubernetes", "TrafficControl", snapshot(control("tap1", { uid: "2" })));
  assert.deepEqual([targetOf(model), intake.sourceOf("m")], ["tap1", "kubernetes"]);
  assert.equal(intake.invalid.get("m")?.length, 1, "that it is broken in the folder is said");
  intake.take("kubernetes", "TrafficControl", { type: "delete", key: { name: "m" } });
  assert.deepEqual([targetOf(model), intake.sourceOf("m")], [undefined, undefined]);
  intake.take("files", "TrafficControl", { type: "set", object: control("tap0", { uid: "1" }) });
  assert.deepEqual([targetOf(model), intake.invalid.size], ["tap0", 0]);
});

Deno.test("an object that breaks keeps its own last good state, whatever the other source lists", () => {
  const { model, intake } = startTwo();
  intake.take("kubernetes", "TrafficControl", snapshot(control("tap1", { uid: "2" })));
  intake.take("files", "TrafficControl", snapshot(control("tap0", { uid: "1" })));
  intake.take("files", "TrafficControl", { type: "set", object: wrong("1") });
  assert.deepEqual([targetOf(model), intake.sourceOf("m")], ["tap0", "files"]);
  intake.take("kubernetes", "TrafficControl", {
    type: "set",
    object: control("tap2", { uid: "2" }),
  });
  assert.deepEqual([targetOf(model), intake.sourceOf("m")], ["tap0", "files"]);
});

Deno.test("after a restart each source's last good state is its own", () => {
  const memory = new MapMemory();
  const before = startTwo(memory);
  before.intake.take("kubernetes", "TrafficControl", snapshot(control("tap1", { uid: "7" })));
  before.intake.take("files", "TrafficControl", snapshot(wrong("7")));
  assert.equal(targetOf(before.model), "tap1");
  const { model, intake } = startTwo(memory);
  intake.take("files", "TrafficControl", snapshot(wrong("7")));
  assert.equal(targetOf(model), undefined, "the good state is that of the API server's object");
});

Deno.test("annotations that no resolver reads are neither kept nor remembered; with a resolver that reads them, sources give Pods again", () => {
  const memory = new MapMemory();
  const asked: string[] = [];
  const source = {
    name: "files",
    watch: () => assert.fail("not followed"),
    giveAgain: (kind: string) => void asked.push(kind),
  };
  const pods: PodObject[] = [];
  const sink = new Proxy({}, {
    get: (_, method) => (object: PodObject) => void (method === "setPod" && pods.push(object)),
  }) as ObjectSink;
  const intake = new Intake({
    sources: [source],
    sinks: [sink],
    trusted: [],
    registries: builtIn,
    resolvers,
    memory,
    log: NO_LOG,
  });
  const annotations = { "a/b": "x".repeat(10_000), "sluice.dev/match": "ip" };
  const pod = { kind: "Pod", metadata: { name: "p", namespace: "n", annotations } };
  const give = () => intake.take("files", "Pod", { type: "set", object: pod });
  give();
  assert.deepEqual(pods[0]!.annotations, { "sluice.dev/match": "ip" });
  assert.doesNotMatch(JSON.stringify([...memory.values]), /xxx/);
  const reading = { ...resolvers[0]!, annotations: ["a/b"] };
  intake.usePlugins(builtIn, [...resolvers, reading]);
  assert.deepEqual(asked, ["Pod"]);
  give();
  assert.deepEqual(pods[1]!.annotations, annotations);
  intake.usePlugins(builtIn, resolvers);
  assert.deepEqual(asked, ["Pod"]);
});

Deno.test("an annotation that is too large is an issue as long as it is there", () => {
  const { intake, model } = start(new MapMemory());
  const pods: PodObject[] = [];
  model.setPod = (pod) => void pods.push(pod);
  const pod = (text: string) => ({
    kind: "Pod",
    metadata: { name: "p", namespace: "n", annotations: { "sluice.dev/mac": text } },
  });
  intake.take("files", "Pod", { type: "set", object: pod("x".repeat(250_000)) });
  assert.deepEqual(intake.issues(), [
    'Pod "n/p": annotation "sluice.dev/mac" is too large, and not read: 250014 characters',
  ]);
  assert.match(String(pods.at(-1)?.leftOut), /is too large/);
  intake.take("files", "Pod", { type: "set", object: pod("02:aa:00:00:00:01") });
  assert.deepEqual(intake.issues(), []);
  assert.equal(pods.at(-1)?.leftOut, undefined);
});
