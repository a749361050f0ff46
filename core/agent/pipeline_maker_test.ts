/** Which pipeline a bridge gets where one of a plugin file cannot be made. */
import assert from "node:assert/strict";
import interpose from "../../plugins/pipelines/interpose.ts";
import { PluginError } from "../base/errors.ts";
import type { PipelineType } from "../contracts/mod.ts";
import { usedPipeline } from "../model/flows/used_pipeline.ts";
import { type PipelineChoice, unknownBridge } from "./pipeline_choice.ts";
import { PipelineMaker } from "./pipeline_maker.ts";

const FILE = "/plugins/mine.ts";
const BRIDGE = unknownBridge("br0");
const mine: PipelineType = { ...interpose, name: "mine" };
const failing: PipelineType = {
  ...mine,
  create: () => {
    throw new PluginError(FILE, "create throws Error: no");
  },
};
const SAID = `Cannot use plugin "${FILE}": create throws Error: no`;

const choiceOf = (type: PipelineType, named?: string): PipelineChoice => ({
  pipelines: new Map([interpose, type].map((each) => [each.name, each])),
  isBuiltIn: (name) => name === interpose.name,
  named,
});

function maker() {
  const said: string[] = [];
  const onFailure = ({ name }: PipelineType, { message }: Error) =>
    void said.push(`${name}: ${message}`);
  return { said, maker: new PipelineMaker({ tableBase: 200, onFailure }) };
}

Deno.test("one that fits and cannot be made is said once, and the next that fits is taken", () => {
  const { said, maker: made } = maker();
  const first = made.make(choiceOf(failing), BRIDGE);
  assert.equal(first.type, interpose);
  assert.equal(made.make(choiceOf(failing), BRIDGE, first), first);
  assert.deepEqual(said, [`mine: ${SAID}`]);
  assert.equal(made.make(choiceOf(mine), BRIDGE, first).type, mine);
});

Deno.test("one that is named and cannot be made is an error that names its file", () => {
  assert.throws(() => maker().maker.make(choiceOf(failing, "mine"), BRIDGE), {
    name: "PluginError",
    message: SAID,
  });
});

Deno.test.each([undefined, "mine"])(
  "a new version that cannot be made: the one in use goes on (named: %s)",
  (named) => {
    const { said, maker: made } = maker();
    const inUse = made.make(choiceOf(mine, named), BRIDGE);
    for (let round = 0; round < 2; round++) {
      assert.equal(made.make(choiceOf(failing, named), BRIDGE, inUse), inUse);
    }
    assert.deepEqual(said, [`mine: ${SAID}`]);
  },
);

Deno.test("an error of Sluice itself is no plugin's", () => {
  const broken: PipelineType = {
    ...mine,
    create: () => {
      throw new TypeError("a fault");
    },
  };
  const inUse = usedPipeline(interpose, 200);
  assert.throws(() => maker().maker.make(choiceOf(broken), BRIDGE, inUse), /a fault/);
});
