import assert from "node:assert/strict";
import { control, mirror, redirect, tunnelTo } from "../testing/fixtures.ts";
import { PortConflicts } from "./conflicts.ts";
import type { Control } from "../../objects/types.ts";

/** Name of each control that is refused, with the reason, whatever the order in which they come. */
function refusals(controls: readonly Control[]): Record<string, string> {
  const judge = (order: readonly Control[]) => {
    const claims = new PortConflicts();
    for (const each of order) claims.set(each);
    return Object.fromEntries(controls.flatMap(({ name }) => {
      const refusal = claims.refusal(name);
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

Deno.test.each<[string, Control[], Record<string, string>]>([
  ["many mirrors share a target", [mirror("a", "1", "tap0"), mirror("b", "2", "tap0")], {}],
  [
    "many redirects share a pair",
    [redirect("a", "1", ["t", "r"]), redirect("b", "2", ["t", "r"])],
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
    "a refused one refuses nobody",
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
])("claims: %s", (_, controls, expected) => assert.deepEqual(refusals(controls), expected));

Deno.test("claims heal when the older one goes, and tell whose verdict changed", () => {
  const claims = new PortConflicts();
  claims.set(redirect("old", "1", ["t", "r"]));
  claims.set(redirect("young", "2", ["t", "s"]));
  assert.equal(claims.refusal("young")?.reason, "Conflict");
  assert.match(claims.refusal("young")!.message, /TrafficControl "old"/);
  assert.deepEqual(claims.delete("old"), ["young"]);
  assert.equal(claims.refusal("young"), undefined);
});

Deno.test("claims follow a control that changes its ports", () => {
  const claims = new PortConflicts();
  claims.set(redirect("old", "1", ["t", "r"]));
  claims.set(mirror("young", "2", "t"));
  claims.set(redirect("old", "1", ["t2", "r2"]));
  assert.equal(claims.refusal("young"), undefined);
  claims.set(redirect("old", "1", ["t", "r"]));
  assert.equal(claims.refusal("young")?.reason, "Conflict");
});
