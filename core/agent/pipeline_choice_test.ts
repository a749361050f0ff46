/** Which pipeline a bridge gets. */
import assert from "node:assert/strict";
import type { BridgeFacts, PipelineType } from "../contracts/mod.ts";
import interpose from "../../plugins/pipelines/interpose.ts";
import { choosePipeline, unknownBridge } from "./pipeline_choice.ts";

const BRIDGE: BridgeFacts = {
  name: "br0",
  external_ids: { owner: "x" },
  ovsExternalIDs: {},
  datapathType: "netdev",
};
const named = (name: string, fits?: PipelineType["fits"]): PipelineType => ({
  name,
  docs: "Tests.",
  tables: [],
  ...(fits && { fits }),
  create: interpose.create,
});

const any = named("any", () => true);
const other = named("other", () => false);
const byOwner = named("by-owner", ({ external_ids }) => external_ids.owner === "x");
const byDatapath = named("by-datapath", ({ datapathType }) => datapathType === "netdev");
const byName = named("by-name");
const failing = named("failing", () => {
  throw new Error("no");
});

function chosen(
  { builtIn, files = [], name, bridge = BRIDGE }: {
    readonly builtIn: readonly PipelineType[];
    readonly files?: readonly PipelineType[];
    readonly name?: string;
    readonly bridge?: BridgeFacts;
  },
): string {
  const pipelines = new Map([...builtIn, ...files].map((type) => [type.name, type]));
  const isBuiltIn = (name: string) => builtIn.some((type) => type.name === name);
  return choosePipeline({ pipelines, isBuiltIn, named: name }, bridge).name;
}

Deno.test.each<[string, Parameters<typeof chosen>[0], string]>([
  ["the one that fits every bridge", { builtIn: [any] }, "any"],
  ["one that fits before one that fits every bridge", { builtIn: [any, byOwner] }, "by-owner"],
  ["none that does not fit", { builtIn: [any, other, byName, failing] }, "any"],
  ["the first of two that fit", { builtIn: [byDatapath, byOwner, any] }, "by-datapath"],
  ["a plugin file's first", { builtIn: [byOwner], files: [byDatapath] }, "by-datapath"],
  [
    "a plugin file's first, also if that fits every bridge",
    { builtIn: [byOwner, interpose], files: [any] },
    "any",
  ],
  ["no plugin file's that does not fit", { builtIn: [any], files: [other, byName] }, "any"],
  ["the one that is named", { builtIn: [any, byOwner], name: "any" }, "any"],
  [
    "the one that is named, which fits none",
    { builtIn: [any], files: [byName], name: "by-name" },
    "by-name",
  ],
  [
    "what fits a bridge of which nothing is known",
    { builtIn: [any, byOwner], bridge: unknownBridge("br0") },
    "any",
  ],
  ["the built-in one", { builtIn: [interpose] }, "interpose"],
])("a bridge gets %s", (_, given, expected) => assert.equal(chosen(given), expected));

Deno.test("a name that is not there is said, with those that are", () => {
  assert.throws(() => chosen({ builtIn: [any, byOwner], name: "x" }), {
    name: "TerminalError",
    message: 'Cannot use pipeline "x": not one of any, by-owner',
  });
});

Deno.test("a bridge that no pipeline fits is said", () => {
  assert.throws(() => chosen({ builtIn: [other, byName] }), {
    message: 'Cannot use bridge "br0": none of other, by-name fits it',
  });
});
