/** Option `rules`: what it refuses, what it warns of, and the form in which rules reach the pipeline. */
import assert from "node:assert/strict";
import { judge, warningsOf } from "./testing/judge.ts";

type Fields = Readonly<Record<string, unknown>>;
const TCP = { action: "Include", protocol: "TCP" };
const block = (cidr: string, ...except: string[]) => ({
  ipBlock: { cidr, ...(except.length > 0 && { except }) },
});
const peer = (...args: Parameters<typeof block>) => ({ action: "Skip", peers: [block(...args)] });

/** A rule, and what differs from it in its only form. */
const FORMS: readonly [what: string, given: Fields, form: Fields][] = [
  ["names nothing", { action: "Skip" }, { action: "Skip" }],
  ["names a protocol", { action: "Include", protocol: "SCTP" }, {
    action: "Include",
    protocol: 132,
  }],
  ["has a number of a protocol", { ...TCP, protocol: 6 }, { action: "Include", protocol: 6 }],
  ["names ICMP", { ...TCP, protocol: "ICMP" }, { action: "Include", protocol: "ICMP" }],
  ["has bits beyond the prefix", peer("10.1.2.3/8"), { action: "Skip", peers: ["10.0.0.0/8"] }],
  ["spells IPv6 at length", peer("2001:DB8:0:0:0:0:0:1/32"), {
    action: "Skip",
    peers: ["2001:db8::/32"],
  }],
  ["has an exception, of which nothing is said", peer("10.0.0.0/14", "10.1.0.0/16"), {
    action: "Skip",
    peers: ["10.0.0.0/16", "10.2.0.0/15"],
  }],
  ["has nothing but exceptions", peer("10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9"), {
    action: "Skip",
    peers: [],
  }],
  ["has a block inside another one, and one that is another's exception", {
    action: "Skip",
    peers: [block("10.0.0.0/15", "10.1.0.0/16"), block("10.1.0.0/16"), block("10.0.0.0/24")],
  }, { action: "Skip", peers: ["10.0.0.0/16", "10.1.0.0/16"] }],
  ["has all of IPv4", peer("0.0.0.0/0"), { action: "Skip", peers: ["0.0.0.0/0"] }],
  ["has ports, in another order and overlapping", {
    ...TCP,
    peerPorts: [{ port: 443 }, { port: 80, endPort: 90 }, { port: 85, endPort: 95 }, { port: 96 }],
  }, { action: "Include", protocol: 6, peerPorts: [[80, 96], [443, 443]] }],
  ["has all ports", { ...TCP, ports: [{ port: 0, endPort: 65535 }] }, {
    action: "Include",
    protocol: 6,
  }],
  ["has all ports in two parts", {
    ...TCP,
    podPorts: [{ port: 100, endPort: 65535 }, { port: 0, endPort: 99 }],
  }, { action: "Include", protocol: 6 }],
  ["has ports of both ends", { ...TCP, podPorts: [{ port: 1 }], peerPorts: [{ port: 2 }] }, {
    action: "Include",
    protocol: 6,
    podPorts: [[1, 1]],
    peerPorts: [[2, 2]],
  }],
  ["is about connection starts", { ...TCP, tcpFlags: "SYN" }, {
    action: "Include",
    protocol: 6,
    tcpFlags: "SYN",
  }],
];

for (const [what, given, form] of FORMS) {
  Deno.test(`the form of a rule that ${what}`, () => {
    for (const action of ["Mirror", "Redirect"] as const) {
      assert.deepEqual(judge(action, { rules: [given] }), { rules: [form] });
    }
  });
}

const many = <T>(count: number, make: (place: number) => T): T[] =>
  Array.from({ length: count }, (_, place) => make(place));

Deno.test.each<[string, readonly unknown[], RegExp]>([
  ["none", [], /^\/spec\/rules: /],
  ["33 of them", many(33, () => TCP), /^\/spec\/rules: /],
  ["no action", [{ protocol: "TCP" }], /^\/spec\/rules\/0\/action: is required/],
  ["another action", [{ action: "Drop" }], /^\/spec\/rules\/0\/action: /],
  ["an unknown field", [{ ...TCP, port: 1 }], /^\/spec\/rules\/0\/port: is an unknown field/],
  [
    "an unknown protocol",
    [{ action: "Skip", protocol: "tcp" }],
    /^\/spec\/rules\/0\/protocol: does not fit: TCP, UDP, SCTP.*: is "tcp"/,
  ],
  ["a protocol beyond 255", [{ action: "Skip", protocol: 256 }], /protocol: does not fit/],
  ["no CIDR", [peer("10.0.0.1")], /cidr: does not fit: A block .*: is "10.0.0.1"/],
  ["a prefix that is too long", [peer("10.0.0.1/33")], /cidr: does not fit/],
  ["a zone", [peer("fe80::1%eth0/64")], /cidr: does not fit/],
  [
    "an exception elsewhere",
    [TCP, peer("10.0.0.0/8", "10.1.0.0/16", "11.0.0.0/16")],
    /^\/spec\/rules\/1\/peers\/0\/ipBlock\/except\/1: must lie within 10.0.0.0\/8 and be smaller: is 11/,
  ],
  ["an exception of another family", [peer("::/0", "10.0.0.0/8")], /except\/0: must lie within/],
  ["an exception that is everything", [peer("10.0.0.0/8", "10.0.0.0/8")], /except\/0: must lie/],
  ["no peers", [{ action: "Skip", peers: [] }], /peers: /],
  ["65 peers", [{ action: "Skip", peers: many(65, () => block("10.0.0.0/8")) }], /peers: /],
  ["65 ports", [{ ...TCP, ports: many(65, (port) => ({ port })) }], /ports: /],
  ["65 exceptions", [peer("10.0.0.0/8", ...many(65, () => "10.0.0.0/9"))], /except: /],
  [
    "ports of either end beside those of one",
    [{ ...TCP, ports: [{ port: 1 }], podPorts: [{ port: 1 }] }],
    /^\/spec\/rules\/0\/ports: must be absent beside podPorts and peerPorts/,
  ],
  [
    "ports of any protocol",
    [{ action: "Skip", podPorts: [{ port: 1 }] }],
    /podPorts: must be absent for all protocols but TCP, UDP and SCTP/,
  ],
  ["ports of ICMP", [{ ...TCP, protocol: "ICMP", ports: [{ port: 1 }] }], /ports: must be absent/],
  ["a flag of UDP", [{ ...TCP, protocol: "UDP", tcpFlags: "SYN" }], /tcpFlags: must be absent/],
  ["another flag", [{ ...TCP, tcpFlags: "FIN" }], /tcpFlags: /],
  [
    "a range upside down",
    [{ ...TCP, ports: [{ port: 9, endPort: 8 }] }],
    /^\/spec\/rules\/0\/ports\/0\/endPort: must not be less than port \(9\): is 8/,
  ],
  ["a port beyond the last one", [{ ...TCP, ports: [{ port: 65536 }] }], /port: /],
])("rules that are refused: %s", (_, rules, said) => {
  assert.match((judge("Mirror", { rules }) as readonly string[]).join("\n"), said);
});

Deno.test("rules that come to too many flows are refused in time", () => {
  // Each leaves 127 blocks or more
  const peers = many(
    64,
    () => block("::/0", ...many(64, (i) => `${(i * 1024).toString(16)}::/128`)),
  );
  const rules = many(8, () => ({ action: "Skip", peers }));
  const begin = performance.now();
  assert.deepEqual(judge("Mirror", { rules }), [
    "/spec/rules: must come to 8192 blocks of addresses and ports at most: come to more",
  ]);
  const patience = 5000;
  assert.ok(performance.now() - begin < patience, "to count all of them takes far longer");
});

Deno.test("full lists of single addresses and ports are no more than the limit", () => {
  const rule = {
    ...TCP,
    peers: many(64, (i) => block(`10.0.${2 * i}.0/24`)),
    ports: many(64, (i) => ({ port: 2 * i + 1 })),
  };
  const { rules } = judge("Mirror", { rules: many(32, () => rule) }) as { rules: unknown[] };
  assert.equal(rules.length, 32);
});

const skip = (list: string) => ({ ...TCP, action: "Skip", [list]: [{ port: 1 }] });

Deno.test("a redirect refuses a rule Skip by ports of either end: the peer could choose its port", () => {
  const rules = [TCP, skip("ports")];
  assert.deepEqual(judge("Redirect", { rules }), [
    "/spec/rules/1/ports: must be absent in a rule Skip: a peer that chooses its port would get round the sensor",
  ]);
  assert.ok("rules" in judge("Mirror", { rules })!);
});

Deno.test("a redirect with a rule Skip by the peer's ports has a warning with a cure", () => {
  const rules = [skip("podPorts"), skip("peerPorts")];
  assert.ok("rules" in judge("Redirect", { rules })!);
  assert.deepEqual(warningsOf("Redirect", { rules }), [{
    path: "/spec/rules/1/peerPorts",
    message:
      'Field "/spec/rules/1/peerPorts" of a rule Skip lets a peer that chooses its port get round the sensor',
    cure: "limit the rule by peers, or skip by podPorts",
  }]);
  assert.deepEqual(warningsOf("Mirror", { rules }), []);
  assert.deepEqual(warningsOf("Redirect", { rules: [skip("podPorts")] }), []);
});

Deno.test("rules are also an annotation", () => {
  const annotations = { "sluice.dev/rules": '[{"action": "Include", "protocol": "UDP"}]' };
  assert.deepEqual(judge("Mirror", {}, annotations), {
    rules: [{ action: "Include", protocol: 17 }],
  });
});

Deno.test.each<[string, Parameters<typeof judge>, ReturnType<typeof judge>]>([
  ["a mirror", ["Mirror", { truncateBytes: 64 }], { truncateBytes: 64 }],
  ["the most", ["Mirror", { truncateBytes: 65535 }], { truncateBytes: 65535 }],
  ["an annotation", ["Mirror", {}, { "sluice.dev/truncate-bytes": "96" }], { truncateBytes: 96 }],
  ["too few", ["Mirror", { truncateBytes: 63 }], [
    "/spec/truncateBytes: must be >= 64: is 63",
  ]],
  ["too many", ["Mirror", { truncateBytes: 65536 }], [
    "/spec/truncateBytes: must be <= 65535: is 65536",
  ]],
  ["a redirect", ["Redirect", { truncateBytes: 64 }], [
    "/spec/truncateBytes: must be absent for action Redirect",
  ]],
])("truncateBytes: %s", (_, given, expected) => {
  assert.deepEqual(judge(...given), expected);
});
