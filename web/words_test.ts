import assert from "node:assert/strict";
import { grouped } from "./problems.ts";
import { bytes, type Level, levelOf, rate, stateOf, treatment } from "./words.ts";

const CONTROL = {
  name: "a",
  action: "Mirror",
  direction: "Both",
  realized: true,
  pods: ["x/y"],
  conditions: [],
};
const noRoute = { reason: "NoRoute", message: "m" } as const;
const noTraffic = { reason: "NoTraffic", message: "m", warning: true } as const;
const expired = { reason: "Expired", message: "m" } as const;

Deno.test.each<[string, Partial<Parameters<typeof stateOf>[0]>, Level, string]>([
  ["realized", {}, "ok", "yes"],
  ["without Pods", { pods: [] }, "idle", "NoPods"],
  ["with a warning", { conditions: [noTraffic] }, "warning", "NoTraffic"],
  ["with a problem", { realized: false, conditions: [noRoute] }, "problem", "NoRoute"],
  ["that has ended", { realized: false, conditions: [expired] }, "planned", "Expired"],
  ["on its way", { realized: false }, "problem", "no"],
])("the state of a TrafficControl %s", (_, more, level, word) => {
  assert.deepEqual(stateOf({ ...CONTROL, ...more }), { level, word });
});

Deno.test("the same words about several subjects are said once, the worst first", () => {
  const groups = grouped([
    { ...noTraffic, subject: "a" },
    { ...noRoute, subject: "b" },
    { ...noTraffic, subject: "c" },
    { ...expired, subject: "d" },
  ]);
  assert.deepEqual(groups.map(({ level, subjects }) => [level, subjects]), [
    ["problem", ["b"]],
    ["warning", ["a", "c"]],
    ["planned", ["d"]],
  ]);
  assert.equal(levelOf(expired), "planned");
});

Deno.test.each<[number, string]>([[0, "0 B"], [999, "999 B"], [1500, "1.5 kB"], [2e6, "2 MB"]])(
  "%d bytes are %s",
  (value, text) => assert.equal(bytes(value), text),
);

Deno.test.each<[number, string]>([[0, "0"], [0.25, "0.3"], [12.7, "13"], [12345, "12,345"]])(
  "a rate of %d is %s",
  (value, text) => assert.equal(rate(value), text),
);

Deno.test("a treatment in words", () => {
  const pair = (name: string) => ({ target: `${name}0`, return: `${name}1` });
  assert.equal(treatment(undefined), "–");
  assert.equal(
    treatment({ mirrors: ["tap0"], redirect: pair("a"), chain: [pair("b")], drop: true }),
    "mirror tap0, redirect a0 > a1, then b0 > b1, drop",
  );
});
