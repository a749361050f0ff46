/** The oracle on cases that were worked out by hand. */
import assert from "node:assert/strict";
import { type Packet, PROTOCOLS, type Rule } from "../policy/oracle.ts";
import { follows, pairsOf, type Redirect, type Route, routesOf, superseded } from "./oracle.ts";
import { EVERYONE, type Labels, podsOf, redirectOf } from "./world.ts";

const PODS = podsOf("p1", "p2", "p3");
const HOSTS = ["p1", "p2", "p3", "p4"];
const [P1, P2, P3, ALL] = [{ app: "p1" }, { app: "p2" }, { app: "p3" }, { team: "all" }];

type More = Parameters<typeof redirectOf>[2];
let count = 0;
/** A redirect with a name that is later than that of all before. */
const to = (labels: Labels, pair: string, more: More = {}): Redirect =>
  redirectOf(`r${String(count++).padStart(3, "0")}`, [labels, pair], more);
const chained = (labels: Labels, pair: string, chainOrder: number, more: More = {}): Redirect =>
  to(labels, pair, { chainOrder, ...more });

const TCP: Omit<Packet, "from" | "to"> = {
  ...{ version: 4, source: "10.20.0.1", destination: "10.20.0.2", length: 200 },
  ...{ protocol: PROTOCOLS.TCP, ports: { from: 40000, to: 443 } },
};
const packet = (from: string, receiver: string): Packet => ({ from, to: receiver, ...TCP });

const TAKE: readonly Rule[] = [{ action: "Include", protocol: "TCP" }];
const LEAVE: readonly Rule[] = [{ action: "Skip", protocol: "TCP" }];
const [OLD, YOUNG] = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"];

/** Redirects, from whom to whom, and the target ports without "in". */
// deno-fmt-ignore: one case, one line
const UNICAST: readonly (readonly [string, readonly Redirect[], string, string, way: string])[] = [
  ["one redirect, out", [to(P1, "A")], "p1", "p4", "A"],
  ["one redirect, in", [to(P1, "A")], "p4", "p1", "A"],
  ["one redirect, of neither", [to(P1, "A")], "p4", "p2", ""],
  ["that direction alone", [to(P1, "A", { direction: "Egress" })], "p4", "p1", ""],
  ["two redirects without order: the first by name", [to(P1, "A"), to(P1, "B")], "p1", "p4", "A"],
  ["two redirects without order: the older one", [to(P1, "A", { creationTimestamp: YOUNG }), to(P1, "B", { creationTimestamp: OLD })], "p1", "p4", "B"],
  ["two redirects without order: the priority", [to(P1, "A", { priority: 501 }), to(P1, "B")], "p1", "p4", "B"],
  ["a chain, out", [chained(P1, "A", 3), chained(P1, "B", 1), chained(P1, "C", 2)], "p1", "p4", "B,C,A"],
  ["a chain, in", [chained(P1, "A", 3), chained(P1, "B", 1), chained(P1, "C", 2)], "p4", "p1", "A,C,B"],
  ["by number and not by digits", [chained(P1, "A", 10), chained(P1, "B", 9), chained(P1, "C", -1)], "p1", "p4", "C,B,A"],
  ["equal numbers, out: by rank", [chained(P1, "A", 0, { priority: 600 }), chained(P1, "B", 0)], "p1", "p4", "B,A"],
  ["equal numbers, in: the other way round", [chained(P1, "A", 0, { priority: 600 }), chained(P1, "B", 0)], "p4", "p1", "A,B"],
  ["the winner has no order: it is alone", [to(P1, "A"), chained(P1, "B", 1), chained(P1, "C", 2)], "p1", "p4", "A"],
  ["the winner has order: the others with it", [chained(P1, "B", 2), to(P1, "A"), chained(P1, "C", 1)], "p1", "p4", "C,B"],
  ["each direction has a winner of its own", [to(P1, "A", { direction: "Egress" }), chained(P1, "B", 1), chained(P1, "C", 2)], "p4", "p1", "C,B"],
  ["only what has the direction", [chained(P1, "A", 1, { direction: "Ingress" }), chained(P1, "B", 2)], "p1", "p4", "B"],
  ["two chains", [chained(P1, "A", 1), chained(P1, "B", 2), chained(P2, "C", 1), chained(P2, "D", 2)], "p1", "p2", "A,B,D,C"],
  ["one chain of both", [chained(ALL, "A", 1), chained(ALL, "B", 2)], "p1", "p2", "A,B"],
  ["one chain of both, back", [chained(ALL, "A", 1), chained(ALL, "B", 2)], "p2", "p1", "A,B"],
  ["a pair in both chains", [chained(P1, "A", 1), chained(ALL, "B", 2), chained(P2, "C", 3)], "p1", "p2", "A,B,C"],
  ["a chain and a redirect without order", [chained(P1, "A", 1), chained(P1, "B", 2), to(P2, "B")], "p1", "p2", "A,B"],
  ["and back", [chained(P1, "A", 1), chained(P1, "B", 2), to(P2, "B")], "p2", "p1", "B,A"],
  ["rules leave one pair out", [chained(P1, "A", 1), chained(P1, "B", 2, { rules: LEAVE }), chained(P1, "C", 3)], "p1", "p4", "A,C"],
  ["rules take", [chained(P1, "A", 1), chained(P1, "B", 2, { rules: TAKE }), chained(P1, "C", 3)], "p4", "p1", "C,B,A"],
  ["the receiver's rules take what the sender's leave", [chained(P1, "A", 1, { rules: LEAVE }), chained(P1, "B", 2), chained(P2, "A", 1), chained(P2, "C", 2)], "p1", "p2", "B,C,A"],
  ["rules do not choose the winner", [to(P1, "A", { rules: LEAVE }), to(P1, "B")], "p1", "p4", ""],
];

const names = (pairs: readonly string[]) => pairs.map((pair) => pair.replace("in", "")).join();

Deno.test.each(UNICAST)("routes: %s", (_name, redirects, from, receiver, way) => {
  const routes = routesOf(packet(from, receiver), { pods: PODS, redirects }, HOSTS);
  assert.deepEqual([...routes.keys()], [receiver]);
  const { sent, received, shared } = routes.get(receiver)!;
  assert.deepEqual([names([...sent, ...received]), shared], [way, []]);
});

/** Redirects, who sends to everyone, the ways to the others, and behind a colon what they may share. */
// deno-fmt-ignore: one case, one line
const TO_EVERYONE: readonly (readonly [string, readonly Redirect[], string, Record<string, string>])[] = [
  ["to one chain", [chained(P1, "A", 1), chained(P1, "B", 2)], "p4", { p1: "B,A", p2: "", p3: "" }],
  ["from a chain", [chained(P1, "A", 1), chained(P1, "B", 2)], "p1", { p2: "A,B", p3: "A,B", p4: "A,B" }],
  ["from a chain to another one", [chained(P1, "A", 1), chained(P1, "B", 2), chained(P2, "B", 1), chained(P2, "C", 2)], "p1", { p2: "A,B,C", p3: "A,B", p4: "A,B" }],
  ["one chain of all", [chained(ALL, "A", 1), chained(ALL, "B", 2)], "p4", { p1: "B,A", p2: "B,A", p3: "B,A" }],
  ["chains without a common pair", [chained(P1, "A", 1), chained(P2, "B", 2)], "p4", { p1: "A", p2: "B", p3: "" }],
  ["chains with a common pair", [chained(P1, "A", 1), chained(P1, "B", 2), chained(P2, "B", 1), chained(P3, "C", 1)], "p4", { p1: "B,A: B,A", p2: "B: B,A", p3: "C" }],
  ["connected over a third one", [chained(P1, "A", 1), chained(P2, "A", 1), chained(P2, "B", 2), chained(P3, "B", 1)], "p4", { p1: "A: A,B", p2: "B,A: B,A", p3: "B: B,A" }],
];

Deno.test.each(TO_EVERYONE)("to everyone: %s", (_name, redirects, from, expected) => {
  const routes = routesOf(packet(from, EVERYONE), { pods: PODS, redirects }, HOSTS);
  const text = ({ sent, received, shared }: Route) =>
    `${names([...sent, ...received])}${shared.length > 0 ? `: ${names(shared)}` : ""}`;
  const found = [...routes].map(([host, route]) => [host, text(route)]);
  const quiet = Object.fromEntries(HOSTS.filter((host) => host !== from).map((host) => [host, ""]));
  assert.deepEqual(Object.fromEntries(found), { ...quiet, ...expected });
});

Deno.test("a route that shares pairs may be kept in any order, and no other one may", () => {
  const fixed: Route = { sent: ["A"], received: ["C", "B"], shared: [] };
  const free: Route = { sent: ["A"], received: ["B"], shared: ["B", "C"] };
  const paths = ["A,C,B", "A,B,C", "A,B", "A,C", "B,A", "A,B,B", "A,C,B,A"].map((path) =>
    path.split(",")
  );
  assert.deepEqual(paths.map((path) => follows(path, fixed)), [true, ...new Array(6).fill(false)]);
  assert.deepEqual(
    paths.map((path) => follows(path, free)),
    [true, true, true, false, false, false, false],
  );
});

Deno.test("the pairs that see a packet to everyone are those of its sender and of all receivers", () => {
  const redirects = [
    chained(P1, "A", 1),
    chained(P2, "B", 1),
    to(P3, "C", { direction: "Egress" }),
  ];
  const routes = routesOf(packet("p1", EVERYONE), { pods: PODS, redirects }, HOSTS);
  const { must, may } = pairsOf(routes);
  assert.deepEqual([[...must], [...may]], [["inA", "inB"], []]);
});

Deno.test("superseded is what is not in effect for one Pod, in one direction", () => {
  const redirects = [
    chained(P1, "A", 1),
    to(ALL, "B"),
    chained(P1, "C", 1, { priority: 900 }),
    chained(P2, "D", 1, { direction: "Ingress" }),
    to(P3, "A", { direction: "Egress", priority: 1 }),
  ];
  const lost = superseded({ pods: PODS, redirects });
  assert.deepEqual(redirects.map(({ metadata }) => lost.has(metadata.name)), [
    ...[false, true, false, true, false],
  ]);
});
