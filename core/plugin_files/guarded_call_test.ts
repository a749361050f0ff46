/** For every value that a plugin from a file can return, the caller gets plain data or an error that names the file. */
import assert from "node:assert/strict";
import Type from "typebox";
import { changed, mirrorOnly } from "../conformance/testing/wrong_pipelines.ts";
import type { Option, PipelineType, Resolver, Target } from "../contracts/mod.ts";
import { guard } from "./guard.ts";

const FILE = "/plugins/mine.ts";

const OPTION: Option = {
  field: "mood",
  docs: "Names a mood.",
  schema: Type.Integer(),
  example: 1,
  effect: (mood) => ({ copy: { mood } }),
};
const TARGET: Target = {
  kind: "wire",
  docs: "A wire.",
  lifetime: "named",
  schema: Type.Object({}),
  example: {},
  port: () => ({ name: "w0", type: "internal", options: {}, identity: "w0" }),
};
const RESOLVER: Resolver = { name: "mine", docs: "Finds nothing.", resolve: () => [] };

type Returns = () => unknown;

const effectOf = (returns: Returns) => () => {
  const option: Option = { ...OPTION, effect: returns as Option["effect"] };
  return (guard({ type: "option", plugin: option }, FILE).plugin as Option).effect(1 as never);
};
const checkForHopsOf = (returns: Returns) => () => {
  const option = { ...OPTION, checkForHops: returns as NonNullable<Option["checkForHops"]> };
  return (guard({ type: "option", plugin: option }, FILE).plugin as Option).checkForHops!(
    1 as never,
  );
};
const targetOf = (fault: Partial<Target>) =>
  guard({ type: "target", plugin: { ...TARGET, ...fault } }, FILE).plugin as Target;
const checkOf = (returns: Returns) => () =>
  targetOf({ check: returns as NonNullable<Target["check"]> }).check!({} as never);
const portOf = (returns: Returns) => () =>
  targetOf({ port: returns as Target["port"] }).port({} as never);
const resolveOf = (returns: Returns) => () => {
  const resolver: Resolver = { ...RESOLVER, resolve: returns as Resolver["resolve"] };
  const { plugin } = guard({ type: "resolver", plugin: resolver }, FILE);
  return (plugin as Resolver).resolve({} as never, {} as never);
};
const pipelineOf = (fault: Partial<PipelineType>) => () => {
  const { plugin } = guard({ type: "pipeline", plugin: { ...mirrorOnly, ...fault } }, FILE);
  return plugin as PipelineType;
};
const rejected = () => Promise.reject(1);
const BRIDGE = { name: "br0", external_ids: {}, ovsExternalIDs: {}, datapathType: "" };

const getter = () => ({
  get copy() {
    throw new RangeError("no copy");
  },
});

Deno.test.each<[string, () => unknown, RegExp]>([
  [
    "a promise as its effect",
    effectOf(() => Promise.resolve({})),
    /effect must return an effect: /,
  ],
  ["a promise that rejects", effectOf(rejected), /effect must return an effect: returns a promise/],
  ["an effect whose fields throw", effectOf(getter), /plain data: RangeError: no copy$/],
  ["a function in an effect", effectOf(() => ({ copy: { f: () => 1 } })), /copy must hold values/],
  [
    "problems that hold a function",
    checkOf(() => [{ path: "", message: "is bad", mend: () => 1 }]),
    /check must return plain data: DataCloneError: /,
  ],
  ["problems later", checkOf(rejected), /check must return a list/],
  ["a refusal later", checkForHopsOf(rejected), /checkForHops must return a list/],
  [
    "a cure that is no text",
    checkForHopsOf(() => [{ path: "", message: "is bad", cure: 1 }]),
    /checkForHops must return a list of \{ path, message, cure\? \}: returns a list/,
  ],
  ["a port later", portOf(rejected), /port returns a port of which/],
  ["attachments later", resolveOf(rejected), /resolve returns at/],
  [
    "later whether it fits",
    () => pipelineOf({ fits: rejected as never })().fits!(BRIDGE),
    /fits must return a boolean/,
  ],
  [
    "a pipeline later",
    () => pipelineOf({ create: rejected as never })().create({ tableBase: 200 }),
    /create returns a pipeline of which/,
  ],
  [
    "rows that hold a function",
    () =>
      pipelineOf(changed(mirrorOnly, (pipeline) => ({
        bridge: () => pipeline.bridge().map((row) => ({ ...row, match: { f: () => 1 } as never })),
      })))().create({ tableBase: 200 }).bridge(),
    /bridge /,
  ],
])("a plugin that returns %s is blamed", (_, call, said) => {
  assert.throws(call, (error: Error) => {
    assert.equal(error.name, "PluginError");
    assert.match(error.message, /^Cannot use plugin "\/plugins\/mine\.ts": /);
    assert.match(error.message, said);
    return true;
  });
});

Deno.test("a right result is returned as a copy", () => {
  const effect = { copy: { mood: 1 } };
  const found = effectOf(() => effect)();
  assert.deepEqual(found, effect);
  assert.notEqual(found, effect);
});
