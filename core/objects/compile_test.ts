/** How options and additional ports change a compiled TrafficControl. */
import assert from "node:assert/strict";
import Type from "typebox";
import {
  type Action,
  defineAction,
  defineOption,
  type Option,
  type PortRef,
  type Treatment,
} from "../contracts/mod.ts";
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
type Fields = Readonly<Record<string, unknown>>;

/** @param more Actions beside the built-in ones. */
function parse(spec: Fields, ...more: readonly Action[]) {
  return parseObject("TrafficControl", {
    apiVersion: "crd.antrea.io/v1alpha2",
    kind: "TrafficControl",
    metadata: { name: "t" },
    spec: { appliedTo: {}, direction: "Both", targetPort: device("a"), ...spec },
  }, {
    ...registries,
    actions: index("action", [...actions, ...more], ({ name }) => name),
  });
}

function compiled(...given: Parameters<typeof parse>): Control {
  const parsed = parse(...given);
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

const c = { name: "c", targetPort: device("c") };
const d = { name: "d", targetPort: device("d"), weight: 2 };
const cd = { name: "cd", targetPort: device("c"), returnPort: device("d"), weight: 3 };
const arm = { name: "arm", targetPort: device("e"), returnPort: device("e") };

Deno.test.each([
  [mirror, [c], { copies: [{ to: ["a", "c"] }] }],
  [mirror, [d, c], { copies: [{ to: ["a", "d", "d", "c"] }] }],
  [{ ...mirror, out: 1 }, [c], { copies: [{ to: ["a", "c"], scope: { out: 1 } }] }],
  [redirect, [cd, arm], {
    hops: [{
      pairs: [
        ...PAIRS,
        ...Array(3).fill({ target: "c", return: "d" }),
        { target: "e", return: "e" },
      ],
    }],
  }],
])("of %o with the additional ports %o the treatment is %o", (spec, additionalPorts, treatment) => {
  assert.deepEqual(compiled({ ...spec, additionalPorts }).treatment, treatment);
});

Deno.test("the ports of all entries are claimed, each once, and are told by entry", () => {
  const { ports, additional } = compiled({ ...redirect, additionalPorts: [cd, arm] });
  assert.deepEqual(ports.map(({ spec }) => spec.name), ["a", "b", "c", "d", "e"]);
  assert.deepEqual(additional, [
    { name: "cd", target: "c", return: "d", weight: 3 },
    { name: "arm", target: "e", return: "e", weight: 1 },
  ]);
  assert.deepEqual(compiled({ ...mirror, additionalPorts: [c] }).additional, [
    { name: "c", target: "c", weight: 1 },
  ]);
  assert.ok(!("additional" in compiled(redirect)));
  const oneArmed = compiled({ ...redirect, returnPort: device("a") });
  assert.deepEqual(oneArmed.ports.map(({ spec }) => spec.name), ["a"]);
});

const fan = (treat: (target: PortRef) => Treatment) =>
  defineAction({
    name: "Fan",
    docs: "Sends copies.",
    targetPort: "required",
    returnPort: "forbidden",
    treat: ({ target }) => treat(target),
  });

Deno.test("the copies of an action are joined one by one: the first of each entry, then the second", () => {
  const twice = fan((target) => ({
    copies: [{ to: [target] }, { to: [target, target], scope: { deep: true } }],
    drop: true,
  }));
  const { treatment } = compiled({ action: "Fan", additionalPorts: [d] }, twice);
  assert.deepEqual(treatment, {
    copies: [
      { to: ["a", "d", "d"] },
      { to: ["a", "a", "d", "d", "d", "d"], scope: { deep: true } },
    ],
    drop: true,
  });
});

Deno.test.each<[string, (isFirst: boolean, port: PortRef) => Treatment]>([
  [
    "copies",
    (isFirst, to) => ({ copies: isFirst ? [{ to: [to] }, { to: [to] }] : [{ to: [to] }] }),
  ],
  ["hops", (isFirst, port) => ({
    copies: [{ to: [port] }],
    ...(!isFirst && { hops: [{ pairs: [{ target: port, return: port }] }] }),
  })],
  ["drops", (isFirst, port) => ({ copies: [{ to: [port] }], ...(isFirst && { drop: true }) })],
])("an action with other %s for another entry is at fault", (_, treat) => {
  const action = fan((target) => treat(`${target}` === "a", target));
  const parsed = parse({ action: "Fan", additionalPorts: [c] }, action);
  assert.ok("problems" in parsed);
  assert.equal(parsed.reason, "PluginFailed");
  assert.deepEqual(parsed.problems, [{
    path: "/spec",
    message: 'Cannot use plugin "Fan": treat must do the same for each of the additional ports',
  }]);
});
