import assert from "node:assert/strict";
import { control, mirror, redirect } from "../testing/fixtures.ts";
import { combine } from "./treatments.ts";

Deno.test("combine takes every mirror once and the oldest redirect", () => {
  const controls = [
    redirect("young", "2", ["t2", "r2"]),
    mirror("a", "3", "tap1"),
    mirror("b", "4", "tap0"),
    mirror("c", "5", "tap1"),
    redirect("old", "1", ["t1", "r1"]),
  ];
  const combined = combine(controls, "egress")!;
  assert.deepEqual(combined.mirrors, ["tap0", "tap1"]);
  assert.deepEqual(combined.redirect, { target: "t1", return: "r1" });
  assert.deepEqual([...combined.superseded], [["young", "old"]]);
});

Deno.test("combine takes the redirect of the lowest priority, whatever its age and name", () => {
  const pair = (name: string, age: string, priority: number) =>
    control(name, age, {
      priority,
      treatment: { redirect: { target: `${name}-in`, return: `${name}-out` } },
    });
  const winner = (...controls: ReturnType<typeof pair>[]) => {
    const [one, other] = [controls, controls.toReversed()].map((all) => combine(all, "egress")!);
    assert.deepEqual(one, other);
    return [one!.redirect!.target, ...one!.superseded.keys()];
  };
  assert.deepEqual(winner(pair("a", "1", 500), pair("b", "2", 499)), ["b-in", "a"]);
  assert.deepEqual(winner(pair("a", "1", 1000), pair("b", "2", 999)), ["b-in", "a"]);
  assert.deepEqual(winner(pair("a", "2", 0), pair("b", "1", 1)), ["a-in", "b"]);
  assert.deepEqual(winner(pair("a", "2", 7), pair("b", "1", 7)), ["b-in", "a"]);
});

Deno.test("combine gives equal contents one id, whoever asked for them", () => {
  const one = combine([mirror("a", "1", "tap0"), mirror("b", "2", "tap1")], "egress")!;
  const other = combine([mirror("x", "9", "tap1", "tap0")], "ingress")!;
  assert.equal(one.id, other.id);
  assert.notEqual(one.id, combine([mirror("a", "1", "tap0")], "egress")!.id);
  assert.ok(one.id > 0 && one.id < 2 ** 32);
});

Deno.test("combine looks at the direction", () => {
  const egressOnly = control("a", "1", {
    treatment: { mirrors: ["tap0"] },
    directions: ["egress"],
  });
  assert.ok(combine([egressOnly], "egress"));
  assert.equal(combine([egressOnly], "ingress"), undefined);
});

Deno.test("combine lets a drop beat every redirect, and mirrors still copy", () => {
  const controls = [
    redirect("r", "1", ["t", "r"]),
    control("d", "2", { treatment: { drop: true } }),
    mirror("m", "3", "tap0"),
  ];
  const { redirect: pair, drop, mirrors } = combine(controls, "egress")!;
  assert.deepEqual([pair, drop, mirrors], [undefined, true, ["tap0"]]);
});

Deno.test("combine leaves redirects out where the Pod cannot be told", () => {
  const controls = [redirect("r", "1", ["t", "r"]), mirror("m", "2", "tap0")];
  assert.equal(combine(controls, "egress", { noRedirect: true })!.redirect, undefined);
  assert.equal(combine([controls[0]!], "egress", { noRedirect: true }), undefined);
});
