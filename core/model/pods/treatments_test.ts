import assert from "node:assert/strict";
import fc from "fast-check";
import { canonical } from "../../base/canonical.ts";
import type { Copy, Hop, PortRef, Treatment } from "../../contracts/mod.ts";
import { control, mirror, redirect } from "../testing/fixtures.ts";
import { combine, copyPortsOf, pairsOf, treatmentText } from "./treatments.ts";

const drop = control("d", "3", { treatment: { drop: true } });
const pair = redirect("r", "1", ["ids-in", "ids-out"]);

/** An upgrade changes no flow, as long as these ids stay. */
Deno.test.each([
  ["one mirror", [mirror("a", "1", "tap0")], 3054772280],
  ["a mirror to a tunnel", [mirror("a", "1", "vxlan-0a1b2c3d")], 3802679745],
  ["two mirrors", [mirror("a", "1", "tap0", "tap1")], 1655406826],
  ["mirrors of two", [mirror("a", "1", "tap1"), mirror("b", "2", "tap0")], 2607482801],
  ["a redirect", [pair], 2341636493],
  ["a redirect through one port", [redirect("r", "1", ["ids0", "ids0"])], 1711350189],
  ["a redirect and a mirror", [pair, mirror("a", "2", "tap0")], 2850642332],
  ["a drop", [drop], 295673134],
  ["a drop and a mirror", [drop, mirror("a", "1", "tap0")], 2283756391],
  ["a drop and a redirect", [drop, pair], 295673134],
])(
  "%s has the id that it always had",
  (_, controls, id) => assert.equal(combine(controls, "egress")!.id, id),
);

Deno.test("combine takes every copy once and the oldest redirect", () => {
  const controls = [
    redirect("young", "2", ["t2", "r2"]),
    mirror("a", "3", "tap1"),
    mirror("b", "4", "tap0"),
    mirror("c", "5", "tap1"),
    redirect("old", "1", ["t1", "r1"]),
  ];
  const combined = combine(controls, "egress")!;
  assert.deepEqual(combined.copies, [{ to: ["tap0"] }, { to: ["tap1"] }]);
  assert.deepEqual(combined.hops, [{ pairs: [{ target: "t1", return: "r1" }] }]);
  assert.deepEqual([...combined.superseded], [["young", "old"]]);
});

Deno.test("combine takes the redirect of the lowest priority, whatever its age and name", () => {
  const pair = (name: string, age: string, priority: number) =>
    control(name, age, {
      priority,
      treatment: {
        hops: [{ pairs: [{ target: `${name}-in`, return: `${name}-out` }] }],
      },
    });
  const winner = (...controls: ReturnType<typeof pair>[]) => {
    const [one, other] = [controls, controls.toReversed()].map((all) => combine(all, "egress")!);
    assert.deepEqual(one, other);
    return [one!.hops[0]!.pairs[0]!.target, ...one!.superseded.keys()];
  };
  assert.deepEqual(winner(pair("a", "1", 500), pair("b", "2", 499)), ["b-in", "a"]);
  assert.deepEqual(winner(pair("a", "1", 1000), pair("b", "2", 999)), ["b-in", "a"]);
  assert.deepEqual(winner(pair("a", "2", 0), pair("b", "1", 1)), ["a-in", "b"]);
  assert.deepEqual(winner(pair("a", "2", 7), pair("b", "1", 7)), ["b-in", "a"]);
});

Deno.test("ports are sorted by their names, also where the names in quotes would sort differently", () => {
  const { copies } = combine([mirror("a", "1", "tap", "tap!", "Tap")], "egress")!;
  assert.deepEqual(copies.map(({ to }) => to[0]), ["Tap", "tap", "tap!"]);
});

Deno.test("combine gives equal contents one id in both directions, and another for another TrafficControl", () => {
  const controls = [mirror("a", "1", "tap0"), mirror("b", "2", "tap1")];
  const one = combine(controls, "egress")!;
  assert.equal(one.id, combine(controls.toReversed(), "ingress")!.id);
  const other = [mirror("x", "9", "tap1"), mirror("a", "1", "tap0")];
  assert.notEqual(one.id, combine(other, "ingress")!.id, "each has counters of its own");
  assert.notEqual(one.id, combine([mirror("a", "1", "tap0")], "egress")!.id);
  assert.ok(one.id > 0 && one.id < 2 ** 32);
});

Deno.test("a copy with a scope differs from one without, a copy with an empty scope does not", () => {
  const copy = (name: string, scope?: object) =>
    control(name, name, { treatment: { copies: [{ to: ["tap0"], ...(scope && { scope }) }] } });
  const sampled = { sampling: { oneFlowIn: 16 } };
  const plain = combine([copy("1")], "egress")!;
  assert.equal(combine([copy("1"), copy("2", {})], "egress")!.id, plain.id);
  const both = combine([copy("1", sampled), copy("2"), copy("3", sampled)], "egress")!;
  assert.deepEqual(both.copies, [{ to: ["tap0"] }, { to: ["tap0"], scope: sampled }]);
  assert.deepEqual(copyPortsOf(both), ["tap0"]);
  assert.notEqual(both.id, plain.id);
});

Deno.test("a redirect through the winner's pair is superseded if its scope differs", () => {
  const through = (name: string, scope: object) =>
    control(name, name, {
      treatment: { hops: [{ pairs: [{ target: "t", return: "r" }], scope }] },
    });
  const closed = { failureMode: "Closed" };
  const controls = [through("1", closed), through("2", closed), through("3", {})];
  assert.deepEqual([...combine(controls, "egress")!.superseded], [["3", "1"]]);
});

Deno.test("combine leaves out TrafficControls of the other direction", () => {
  const egressOnly = control("a", "1", {
    treatment: { copies: [{ to: ["tap0"] }] },
    directions: ["egress"],
  });
  assert.ok(combine([egressOnly], "egress"));
  assert.equal(combine([egressOnly], "ingress"), undefined);
});

Deno.test("combine lets a drop beat every redirect, and mirrors still copy", () => {
  const combined = combine([pair, drop, mirror("m", "3", "tap0")], "egress")!;
  assert.deepEqual(
    [pairsOf(combined), combined.drop, combined.copies],
    [[], true, [{ to: ["tap0"] }]],
  );
});

/** A redirect that drops packets, as its pair is not there. */
const blocked = (age: string) => ({
  ...control("b", age, { treatment: { drop: true } }),
  isBlocked: true as const,
});

Deno.test("combine lets a blocked redirect drop only what it would redirect", () => {
  const of = (...args: Parameters<typeof combine>) => {
    const { hops = [], drop, superseded = [] } = combine(...args) ?? {};
    return [hops.length, drop, [...superseded].join()];
  };
  assert.deepEqual(of([blocked("2")], "egress"), [0, true, ""]);
  assert.deepEqual(of([pair, blocked("2")], "egress"), [1, undefined, "b,r"]);
  assert.deepEqual(of([pair, blocked("0")], "egress"), [0, true, "r,b"]);
  assert.deepEqual(of([pair, blocked("0"), drop], "egress"), [0, true, "b,d,r,d"]);
  assert.deepEqual(of([blocked("2")], "egress", { noRedirect: true }), [0, undefined, ""]);
});

Deno.test("combine leaves redirects out if `noRedirect` is set", () => {
  const controls = [pair, mirror("m", "2", "tap0")];
  assert.deepEqual(combine(controls, "egress", { noRedirect: true })!.hops, []);
  assert.equal(combine([pair], "egress", { noRedirect: true }), undefined);
});

// --- There are few names, and some of them look like the text of a list or an object ---

const port = fc.constantFrom("a", "b", 'a"', 'a","b', "null", "{}", "true") as fc.Arbitrary<
  string & PortRef
>;
const scope = fc.option(
  fc.dictionary(fc.constantFrom("to", "a"), fc.jsonValue({ maxDepth: 1 }), { minKeys: 1 }),
  { nil: undefined },
);
const scoped = <T extends object>(fields: fc.Arbitrary<T>) =>
  fc.tuple(fields, scope).map(([fields, scope]) => ({ ...fields, ...(scope && { scope }) }));
const few = { minLength: 1, maxLength: 2 };
const copy: fc.Arbitrary<Copy> = scoped(fc.record({ to: fc.array(port, few) }));
const hop: fc.Arbitrary<Hop> = scoped(
  fc.record({ pairs: fc.array(fc.record({ target: port, return: port }), few) }),
);
const treatment: fc.Arbitrary<Treatment> = fc.record({
  copies: fc.array(copy, { maxLength: 2 }),
  hops: fc.array(hop, { maxLength: 2 }),
  drop: fc.boolean(),
}).map(({ drop, ...others }) => ({ ...others, ...(drop && { drop }) }));

function combined(treatment: Treatment) {
  const content = combine([control("a", "1", { treatment })], "egress");
  if (!content) return undefined;
  const { id, superseded: _, ...rest } = content;
  return { id, content: canonical(rest), text: treatmentText(rest) };
}

Deno.test("property: treatments that differ in anything have different texts, equal ones have one id", () => {
  fc.assert(
    fc.property(treatment, treatment, (first, second) => {
      const [one, other] = [combined(first), combined(second)];
      fc.pre(one !== undefined && other !== undefined);
      assert.equal(one.text === other.text, one.content === other.content);
      assert.equal(one.id === other.id, one.content === other.content);
    }),
    { numRuns: 20_000 },
  );
});

Deno.test("property: a treatment that differs in one place has another text", () => {
  const change = fc.constantFrom(
    ...(["copies", "hops", "drop", "scope of a copy", "scope of a hop"] as const),
    ...(["who asks for a copy", "who asks for hops", "who drops"] as const),
  );
  fc.assert(
    fc.property(treatment, copy, hop, change, (before, copy, hop, change) => {
      const { copies = [], hops = [], drop } = before;
      const askers = { copies: copies.map(() => "a"), hops: [] };
      const whole = { copies, hops, ...(drop && { drop }), askers };
      const fresh = { scope: { fresh: true } };
      const [[firstCopy = copy, ...moreCopies], [firstHop = hop, ...moreHops]] = [copies, hops];
      const after = {
        "copies": { ...whole, copies: [...copies, { ...copy, ...fresh }] },
        "hops": { ...whole, hops: [...hops, hop] },
        "drop": { copies, hops, ...(!drop && { drop: true as const }), askers },
        "who asks for a copy": { ...whole, askers: { ...askers, copies: ["b", ...askers.copies] } },
        "who asks for hops": { ...whole, askers: { ...askers, hops: ["b"] } },
        "who drops": { ...whole, askers: { ...askers, drop: "b" } },
        "scope of a copy": { ...whole, copies: [{ ...firstCopy, ...fresh }, ...moreCopies] },
        "scope of a hop": { ...whole, hops: [{ ...firstHop, ...fresh }, ...moreHops] },
      }[change];
      assert.notEqual(treatmentText(after), treatmentText(whole));
    }),
    { numRuns: 5000 },
  );
});
