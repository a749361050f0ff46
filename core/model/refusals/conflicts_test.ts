import assert from "node:assert/strict";
import { control, internal, mirror, redirect, tunnelTo } from "../testing/fixtures.ts";
import { PortConflicts } from "./conflicts.ts";
import type { Control } from "../../objects/types.ts";

/** Name and reason of each TrafficControl that is refused. Checks that the order of arrival makes no difference. */
function refusals(controls: readonly Control[]): Record<string, string> {
  const judge = (order: readonly Control[]) => {
    const conflicts = new PortConflicts();
    for (const each of order) conflicts.set(each);
    return Object.fromEntries(controls.flatMap(({ name }) => {
      const refusal = conflicts.refusal(name);
      return refusal ? [[name, refusal.reason]] : [];
    }));
  };
  const forward = judge(controls);
  assert.deepEqual(judge([...controls].reverse()), forward, "the order of arrival matters");
  return forward;
}

const erspan = (name: string, age: string, options: Record<string, string>) =>
  control(name, age, {
    treatment: { copies: [{ to: ["erspan-1"] }] },
    specs: [tunnelTo("erspan-1", options)],
  });

const sensors = (name: string, age: string, targets: string[], scope?: object) =>
  control(name, age, {
    treatment: {
      hops: [{
        pairs: targets.map((target) => ({ target, return: `${target}-out` })),
        ...(scope && { scope }),
      }],
    },
    specs: targets.flatMap((target) => [target, `${target}-out`]).map(internal),
  });

Deno.test.each<[string, Control[], Record<string, string>]>([
  ["many mirrors share a target", [mirror("a", "1", "tap0"), mirror("b", "2", "tap0")], {}],
  [
    "many redirects share a pair",
    [redirect("a", "1", ["t", "r"]), redirect("b", "2", ["t", "r"])],
    {},
  ],
  [
    "redirects with the same sensors share them",
    [sensors("a", "1", ["t", "u"]), sensors("b", "2", ["t", "u"])],
    {},
  ],
  [
    "redirects with other sensors, or with other settings",
    [
      sensors("a", "1", ["t", "u"]),
      sensors("b", "2", ["u", "t"]),
      sensors("c", "3", ["t", "u"], { failureMode: "Open" }),
      redirect("d", "4", ["t", "t-out"]),
    ],
    { b: "Conflict", c: "Conflict", d: "Conflict" },
  ],
  [
    "redirects with other rules share a pair, also with one that has none",
    [
      sensors("a", "1", ["t"], { rules: [{ action: "Include", protocol: 6 }] }),
      sensors("b", "2", ["t"], { rules: [{ action: "Include", protocol: 17 }] }),
      sensors("c", "3", ["t"]),
    ],
    {},
  ],
  ["a one-armed pair is fine", [redirect("a", "1", ["t", "t"])], {}],
  [
    "two pairs that share a return port",
    [redirect("a", "1", ["t", "r"]), redirect("b", "2", ["u", "r"])],
    { b: "Conflict" },
  ],
  [
    "two pairs that share a target port",
    [redirect("a", "2", ["t", "r"]), redirect("b", "1", ["t", "s"])],
    { a: "Conflict" },
  ],
  [
    "pairs the other way round",
    [redirect("a", "1", ["t", "r"]), redirect("b", "2", ["r", "t"])],
    { b: "Conflict" },
  ],
  [
    "a mirror into a pair",
    [redirect("a", "1", ["t", "r"]), mirror("b", "2", "t"), mirror("c", "3", "r")],
    { b: "Conflict", c: "Conflict" },
  ],
  [
    "a refused TrafficControl is no reason to refuse another one",
    [
      redirect("a", "1", ["t", "r"]),
      redirect("b", "2", ["r", "s"]),
      redirect("c", "3", ["s", "u"]),
    ],
    { b: "Conflict" },
  ],
  [
    "one tunnel with other options",
    [erspan("a", "1", { erspan_ver: "1" }), erspan("b", "2", { erspan_ver: "2" })],
    { b: "TunnelInUse" },
  ],
])("conflicts: %s", (_, controls, expected) => assert.deepEqual(refusals(controls), expected));

Deno.test("when the older TrafficControl goes, the younger one is no longer refused, and is returned as changed", () => {
  const conflicts = new PortConflicts();
  conflicts.set(redirect("old", "1", ["t", "r"]));
  conflicts.set(redirect("young", "2", ["t", "s"]));
  assert.equal(conflicts.refusal("young")?.reason, "Conflict");
  assert.match(conflicts.refusal("young")!.message, /TrafficControl "old"/);
  assert.deepEqual(conflicts.delete("old"), ["young"]);
  assert.equal(conflicts.refusal("young"), undefined);
});

Deno.test("conflicts are judged again when a TrafficControl changes its ports", () => {
  const conflicts = new PortConflicts();
  conflicts.set(redirect("old", "1", ["t", "r"]));
  conflicts.set(mirror("young", "2", "t"));
  conflicts.set(redirect("old", "1", ["t2", "r2"]));
  assert.equal(conflicts.refusal("young"), undefined);
  conflicts.set(redirect("old", "1", ["t", "r"]));
  assert.equal(conflicts.refusal("young")?.reason, "Conflict");
});
