import assert from "node:assert/strict";
import { control } from "../testing/fixtures.ts";
import { LIMITS } from "../../base/limits.ts";
import { combine } from "./treatments.ts";

type Control = ReturnType<typeof control>;

/** A redirect through a pair with its name. @param chainOrder Nothing if it is in no chain. */
function redirect(name: string, chainOrder?: number, more: object = {}): Control {
  const scope = chainOrder === undefined ? {} : { scope: { chainOrder, ...more } };
  const pairs = [{ target: `${name}-in`, return: `${name}-out` }];
  return control(name, name, { treatment: { hops: [{ pairs, ...scope }] } });
}

/** The same while its pair is gone. */
const blocked = (name: string, chainOrder: number, more: object = {}): Control => ({
  ...control(name, name, { treatment: { drop: true } }),
  isBlocked: true,
  blockedScope: { chainOrder, ...more },
});

function both(...controls: readonly Control[]) {
  return (["egress", "ingress"] as const).map((direction) => combine(controls, direction)!);
}

const targets = ({ hops }: ReturnType<typeof both>[number]) =>
  hops.map(({ pairs: [pair] }) => pair!.target);

Deno.test("a chain has an order out and the reverse in; each hop counts for its own TrafficControl", () => {
  const [out, back] = both(redirect("a", 20), redirect("b", -3), redirect("c", 7));
  assert.deepEqual(targets(out!), ["b-in", "c-in", "a-in"]);
  assert.deepEqual(out!.askers.hops, ["b", "c", "a"]);
  assert.deepEqual(targets(back!), ["a-in", "c-in", "b-in"]);
  assert.deepEqual(back!.askers.hops, ["a", "c", "b"]);
  assert.deepEqual([...out!.superseded], []);
});

Deno.test("equal numbers go by rank, and are reversed, too", () => {
  const [out, back] = both(redirect("b", 1), redirect("a", 1), redirect("c", 1));
  assert.deepEqual(targets(out!), ["a-in", "b-in", "c-in"]);
  assert.deepEqual(targets(back!), ["c-in", "b-in", "a-in"]);
});

Deno.test("the winner says whether there is a chain; the others are superseded", () => {
  const [chained] = both(redirect("a", 1), redirect("b"), redirect("c", 0));
  assert.deepEqual(targets(chained!), ["c-in", "a-in"]);
  assert.deepEqual([...chained!.superseded], [["b", "a"]]);
  const [alone] = both(redirect("a"), redirect("b", 1), redirect("c", 0));
  assert.deepEqual(targets(alone!), ["a-in"]);
  assert.deepEqual([...alone!.superseded], [["b", "a"], ["c", "a"]]);
});

Deno.test("a pair is in a chain once, and a chain has an end", () => {
  const again = { ...redirect("a", 5, { rules: [] }), name: "z", rank: "z" };
  const [twice] = both(redirect("a", 1), again);
  assert.deepEqual(targets(twice!), ["a-in"]);
  assert.deepEqual([...twice!.superseded], [["z", "a"]]);
  const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
  const [long] = both(...names.map((name, at) => redirect(name, at)));
  assert.equal(targets(long!).length, LIMITS.chain);
  assert.deepEqual([...long!.superseded], [["g", "a"], ["h", "a"]]);
  const second = { ...redirect("b", 3, { rules: [] }), name: "z", rank: "z" };
  const [pairs] = both(redirect("a", 1), redirect("b", 2), second);
  assert.deepEqual([...pairs!.superseded], [["z", "b"]], "it names the one with the pair");
});

Deno.test("a member whose pair is gone drops what it would redirect", () => {
  const [all] = both(redirect("a", 1), blocked("b", 2));
  assert.deepEqual([all!.drop, all!.dropScope, all!.hops], [true, undefined, []]);
  assert.equal(all!.askers.drop, "b");
  const rules = [{ action: "Include" }];
  const [some] = both(redirect("a", 1), blocked("b", 2, { rules }));
  assert.deepEqual(some!.dropScope, { chainOrder: 2, rules });
  assert.deepEqual(targets(some!), ["a-in"], "what the rules leave alone goes on");
  const [two] = both(redirect("a", 1), blocked("b", 2, { rules }), blocked("c", 3, { rules }));
  assert.deepEqual([two!.dropScope, two!.hops], [undefined, []]);
});
