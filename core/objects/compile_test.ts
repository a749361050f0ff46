/** What options do to a compiled TrafficControl. */
import assert from "node:assert/strict";
import Type from "typebox";
import { defineOption, type Option } from "../contracts/mod.ts";
import { index, type Registries } from "../contracts/registry.ts";
import { actions, options } from "../../plugins/mod.ts";
import { targets } from "../../targets/mod.ts";
import type { Control } from "./types.ts";
import { parseObject } from "./parse.ts";

const depth = (field: string, part: "copy" | "hop", more: Partial<Option> = {}) =>
  defineOption({
    field,
    docs: "Says how deep.",
    schema: Type.Integer(),
    example: 1,
    effect: (value) => ({ [part]: { [field]: value } }),
    ...more,
  });
const both = depth("both", "copy", { effect: (both) => ({ copy: { both }, hop: { both } }) });
const registries: Registries = {
  targets: index("target", targets, ({ kind }) => kind),
  actions: index("action", actions, ({ name }) => name),
  options: index(
    "option",
    [...options, depth("out", "copy"), depth("through", "hop"), both],
    ({ field }) => field,
  ),
};

const device = (name: string) => ({ device: { name } });
function compiled(spec: Readonly<Record<string, unknown>>): Control {
  const parsed = parseObject("TrafficControl", {
    apiVersion: "crd.antrea.io/v1alpha2",
    kind: "TrafficControl",
    metadata: { name: "t" },
    spec: { appliedTo: {}, direction: "Both", targetPort: device("a"), ...spec },
  }, registries);
  assert.ok(!("problems" in parsed) && parsed.kind === "TrafficControl", JSON.stringify(parsed));
  return parsed.control;
}
const mirror = { action: "Mirror" };
const redirect = { action: "Redirect", returnPort: device("b") };
const PAIRS = [{ target: "a", return: "b" }];

Deno.test.each([
  [mirror, { copies: [{ to: ["a"] }] }],
  [{ ...mirror, through: 1 }, { copies: [{ to: ["a"] }] }],
  [{ ...mirror, out: 1 }, { copies: [{ to: ["a"], scope: { out: 1 } }] }],
  [{ ...mirror, both: 2, out: 1 }, { copies: [{ to: ["a"], scope: { out: 1, both: 2 } }] }],
  [redirect, { hops: [{ pairs: PAIRS }] }],
  [{ ...redirect, priority: 7, out: 1 }, { hops: [{ pairs: PAIRS }] }],
  [{ ...redirect, through: 1, both: 2 }, {
    hops: [{ pairs: PAIRS, scope: { through: 1, both: 2 } }],
  }],
])("of %o the treatment is %o", (spec, treatment) => {
  assert.deepEqual(compiled(spec).treatment, treatment);
});
