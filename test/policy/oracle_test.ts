/** The oracle on cases that were worked out by hand. */
import assert from "node:assert/strict";
import {
  ACK,
  copiesOf,
  EVERYONE,
  isTaken,
  type Mirror,
  type Packet,
  PROTOCOLS,
  type Rule,
  SYN,
} from "./oracle.ts";

const TCP: Packet = {
  from: "web",
  to: "db",
  version: 4,
  source: "10.1.0.1",
  destination: "10.2.0.2",
  protocol: PROTOCOLS.TCP,
  ports: { from: 40000, to: 443 },
  flags: ACK,
  length: 200,
};
const TCP6: Packet = { ...TCP, version: 6, source: "fd01::1", destination: "fd02::2" };
const ECHO: Packet = {
  ...{ from: "web", to: "db", version: 4, source: "10.1.0.1", destination: "10.2.0.2" },
  ...{ protocol: PROTOCOLS.ICMP, length: 98 },
};
const first = { fragment: "first" } as const;
const later = { fragment: "later" } as const;
const peer = (cidr: string, ...except: string[]) => ({ ipBlock: { cidr, except } });
const include = (rule: Omit<Rule, "action"> = {}): Rule => ({ action: "Include", ...rule });
const skip = (rule: Omit<Rule, "action"> = {}): Rule => ({ action: "Skip", ...rule });

/** Rules, a packet, and whether the rules take it as the Pod's own and as one that the Pod receives. */
// deno-fmt-ignore: one case, one line
const CASES: readonly (readonly [string, readonly Rule[], Packet, out: boolean, into: boolean])[] = [
  ["no rule", [], TCP, true, true],
  ["a rule that names nothing", [skip()], TCP, false, false],
  ["only Skip rules, none matches", [skip({ protocol: "UDP" })], TCP, true, true],
  ["an Include rule, none matches", [skip({ protocol: "SCTP" }), include({ protocol: "UDP" })], TCP, false, false],
  ["Skip before Include", [skip({ protocol: "TCP" }), include()], TCP, false, false],
  ["Include before Skip", [include({ protocol: "TCP" }), skip()], TCP, true, true],
  ["a protocol by its number", [include({ protocol: 6 })], TCP, true, true],
  ["ICMP of IPv4", [include({ protocol: "ICMP" })], ECHO, true, true],
  ["ICMP of IPv6", [include({ protocol: "ICMP" })], { ...ECHO, version: 6, source: "fd01::1", destination: "fd02::2", protocol: PROTOCOLS.ICMPV6 }, true, true],
  ["ICMPv6 in IPv4 is not ICMP", [include({ protocol: "ICMP" })], { ...ECHO, protocol: PROTOCOLS.ICMPV6 }, false, false],
  ["SYN", [include({ protocol: "TCP", tcpFlags: "SYN" })], { ...TCP, flags: SYN }, true, true],
  ["SYN with other flags", [include({ protocol: "TCP", tcpFlags: "SYN" })], { ...TCP, flags: SYN | 0xc0 }, true, true],
  ["SYN and ACK", [include({ protocol: "TCP", tcpFlags: "SYN" })], { ...TCP, flags: SYN | ACK }, false, false],
  ["the peer is the receiver's address on egress", [include({ peers: [peer("10.2.0.0/16")] })], TCP, true, false],
  ["the peer is the sender's address on ingress", [include({ peers: [peer("10.1.0.0/16")] })], TCP, false, true],
  ["one of several peers", [include({ peers: [peer("10.3.0.0/16"), peer("10.2.0.2/32")] })], TCP, true, false],
  ["a CIDR that begins behind the address", [include({ peers: [peer("10.2.0.4/30")] })], TCP, false, false],
  ["except", [include({ peers: [peer("10.0.0.0/8", "10.2.0.0/24")] })], TCP, false, true],
  ["except of one block, in another block", [include({ peers: [peer("10.0.0.0/8", "10.2.0.0/16"), peer("10.2.0.0/24")] })], TCP, true, true],
  ["except, and a later rule includes again", [include({ peers: [peer("10.0.0.0/8", "10.2.0.0/16")] }), include({ peers: [peer("10.2.0.2/32")] })], TCP, true, true],
  ["except of a Skip rule", [skip({ peers: [peer("0.0.0.0/0", "10.2.0.0/16")] })], TCP, true, false],
  ["all of IPv4 is nothing of IPv6", [include({ peers: [peer("0.0.0.0/0")] })], TCP6, false, false],
  ["a CIDR of IPv6", [include({ peers: [peer("10.0.0.0/8"), peer("fd02::/16", "fd02::3/128")] })], TCP6, true, false],
  ["the other end's port", [include({ protocol: "TCP", peerPorts: [{ port: 443 }] })], TCP, true, false],
  ["the Pod's port", [include({ protocol: "TCP", podPorts: [{ port: 443 }] })], TCP, false, true],
  ["both ports", [include({ protocol: "TCP", podPorts: [{ port: 1, endPort: 40000 }], peerPorts: [{ port: 443 }] })], TCP, true, false],
  ["either port", [include({ protocol: "TCP", ports: [{ port: 443 }] })], TCP, true, true],
  ["a range, first port", [include({ protocol: "TCP", peerPorts: [{ port: 443, endPort: 500 }] })], TCP, true, false],
  ["a range, last port", [include({ protocol: "TCP", peerPorts: [{ port: 80 }, { port: 400, endPort: 443 }] })], TCP, true, false],
  ["a range that ends before", [include({ protocol: "TCP", ports: [{ port: 400, endPort: 442 }] })], TCP, false, false],
  ["the port of another protocol", [include({ protocol: "UDP", ports: [{ port: 443 }] })], TCP, false, false],
  ["either port and a peer", [include({ protocol: "TCP", ports: [{ port: 443 }], peers: [peer("10.2.0.0/16")] })], TCP, true, false],
  ["ports without a protocol", [include({ ports: [{ port: 443 }] })], TCP, true, true],
  ["ports of what has none", [include({ ports: [{ port: 0, endPort: 65535 }] })], ECHO, false, false],
  ["first fragment, Include with other ports", [include({ protocol: "TCP", ports: [{ port: 1 }] })], { ...TCP, ...first }, true, true],
  ["later fragment, Include with other ports", [include({ protocol: "TCP", ports: [{ port: 1 }] })], { ...TCP, ...later }, true, true],
  ["fragment, Include with ports of other peers", [include({ protocol: "TCP", ports: [{ port: 443 }], peers: [peer("10.9.0.0/16")] })], { ...TCP, ...first }, false, false],
  ["fragment, Include with ports of another protocol", [include({ protocol: "UDP", ports: [{ port: 443 }] })], { ...TCP, ...later }, false, false],
  ["fragment of ICMP, Include with ports", [include({ ports: [{ port: 443 }] })], { ...ECHO, ...later }, false, false],
  ["first fragment, Skip with its ports", [skip({ protocol: "TCP", ports: [{ port: 443 }] })], { ...TCP, ...first }, true, true],
  ["later fragment, Skip with its ports", [skip({ protocol: "TCP", ports: [{ port: 443 }] })], { ...TCP, ...later }, true, true],
  ["later fragment, Skip with its protocol", [skip({ protocol: "TCP" })], { ...TCP, ...later }, false, false],
  ["IPv6, first fragment, Skip with its protocol", [skip({ protocol: "TCP" })], { ...TCP6, ...first }, true, true],
  ["IPv6, later fragment, Skip with its protocol", [skip({ protocol: "TCP" })], { ...TCP6, ...later }, true, true],
  ["IPv6, later fragment, Skip without a protocol", [skip({ peers: [peer("fd02::/16")] })], { ...TCP6, ...later }, false, true],
  ["IPv6, later fragment, Include with another protocol", [include({ protocol: "UDP" })], { ...TCP6, ...later }, true, true],
  ["IPv6, later fragment, Include with other peers", [include({ protocol: "TCP", peers: [peer("fd03::/16")] })], { ...TCP6, ...later }, false, false],
  ["IPv6, later fragment, Include with other ports", [include({ protocol: "UDP", ports: [{ port: 1 }] })], { ...TCP6, ...later }, true, true],
];

Deno.test.each(CASES)("rules: %s", (_name, rules, packet, out, into) => {
  assert.equal(isTaken(rules, packet, "egress"), out, "egress");
  assert.equal(isTaken(rules, packet, "ingress"), into, "ingress");
});

const PODS = ["web", "db", "lb"].map((name) => ({
  ...{ name, mac: "", ips: [], labels: { app: name, team: "all" } },
}));
type Spec = Partial<Mirror["spec"]>;
const mirror = (labels: Record<string, string>, target: string, more: Spec = {}): Mirror => ({
  metadata: { name: "m" },
  spec: {
    appliedTo: { podSelector: { matchLabels: labels } },
    direction: "Both",
    targetPort: { ovsInternal: { name: target } },
    ...more,
  },
});
const WEB = { app: "web" };
const DB = { app: "db" };

/** Mirrors, a packet, and the copies. */
// deno-fmt-ignore: one case, one line
const WORLDS: readonly (readonly [string, readonly Mirror[], Packet, Record<string, number>])[] = [
  ["the sender's", [mirror(WEB, "t0")], TCP, { t0: 200 }],
  ["the receiver's", [mirror(DB, "t0", { direction: "Ingress" })], TCP, { t0: 200 }],
  ["neither's", [mirror({ app: "lb" }, "t0")], TCP, {}],
  ["one of two labels", [mirror({ app: "web", team: "none" }, "t0")], TCP, {}],
  ["every Pod", [mirror({}, "t0")], TCP, { t0: 200 }],
  ["not that direction", [mirror(WEB, "t0", { direction: "Ingress" }), mirror(DB, "t1", { direction: "Egress" })], TCP, {}],
  ["cut", [mirror(WEB, "t0", { truncateBytes: 64 })], TCP, { t0: 64 }],
  ["as long as the cut, and shorter", [mirror(WEB, "t0", { truncateBytes: 200 }), mirror(WEB, "t1", { truncateBytes: 201 })], TCP, { t0: 200, t1: 200 }],
  ["both ends, one target, the sender's longer", [mirror(WEB, "t0", { truncateBytes: 100 }), mirror(DB, "t0", { truncateBytes: 64 })], TCP, { t0: 100 }],
  ["both ends, one target, the receiver's longer", [mirror(WEB, "t0", { truncateBytes: 64 }), mirror(DB, "t0")], TCP, { t0: 200 }],
  ["one target, the longest does not take it", [mirror(WEB, "t0", { rules: [skip()] }), mirror(WEB, "t0", { truncateBytes: 64 }), mirror(WEB, "t0", { truncateBytes: 80 })], TCP, { t0: 80 }],
  ["several targets", [mirror(WEB, "t0"), mirror({ team: "all" }, "t1", { truncateBytes: 70 })], TCP, { t0: 200, t1: 70 }],
  ["from a host", [mirror({ team: "all" }, "t0")], { ...TCP, from: "router" }, { t0: 200 }],
  ["between hosts", [mirror({ team: "all" }, "t0")], { ...TCP, from: "router", to: "printer" }, {}],
  ["to everyone, of one receiver", [mirror(DB, "t0", { direction: "Ingress" })], { ...TCP, to: EVERYONE }, { t0: 200 }],
  ["to everyone, not of the sender", [mirror(WEB, "t0", { direction: "Ingress" })], { ...TCP, to: EVERYONE }, {}],
  ["to everyone, of several receivers", [mirror(DB, "t0", { truncateBytes: 64 }), mirror({ app: "lb" }, "t0", { truncateBytes: 99 })], { ...TCP, to: EVERYONE }, { t0: 99 }],
];

Deno.test.each(WORLDS)("copies: %s", (_name, mirrors, packet, expected) => {
  assert.deepEqual(Object.fromEntries(copiesOf(packet, { pods: PODS, mirrors })), expected);
});
