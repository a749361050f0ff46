/** What goes wrong easily when rules become flows, on real packets. */
import { expectTrap, into, out, type Trap } from "./cases.ts";
import { ACK, PROTOCOLS, SYN } from "./oracle.ts";
import { PolicyScene } from "./scene.ts";
import { include, peer, skip } from "./world.ts";

const ports = (from: number, to: number) => ({ ports: { from, to } });
const UDP = { protocol: PROTOCOLS.UDP } as const;
const [INSIDE, BESIDE] = [{ destination: "10.20.4.9" }, { destination: "10.20.8.0" }];
const HTTPS = [{ port: 443 }, { port: 8000, endPort: 8100 }];

const TRAPS: Readonly<Record<string, Trap>> = {
  "either port, and peers": {
    rules: [
      include({
        protocol: "TCP",
        ports: HTTPS,
        peers: [peer("10.20.4.0/22"), peer("172.16.0.0/12")],
      }),
    ],
    taken: [
      out({ ...INSIDE, ...ports(8050, 9) }),
      out({ ...INSIDE, ...ports(9, 443) }),
      out({ ...INSIDE, ...ports(443, 8100) }),
      out({ destination: "172.31.255.255", ...ports(8000, 8000) }),
      into({ source: "10.20.7.255", ...ports(443, 9) }),
    ],
    left: [
      out({ ...INSIDE, ...ports(442, 7999) }),
      out({ ...BESIDE, ...ports(443, 443) }),
      out({ ...INSIDE, ...UDP, ...ports(443, 443) }),
      into({ destination: "10.20.4.9", ...ports(443, 443) }),
    ],
  },
  "the Pod's port, the peer's port, and peers": {
    rules: [
      include({
        protocol: "TCP",
        podPorts: [{ port: 1000, endPort: 1007 }, { port: 80 }],
        peerPorts: HTTPS,
        peers: [peer("10.20.4.0/22"), peer("fd20:4::/32")],
      }),
    ],
    taken: [
      out({ ...INSIDE, ...ports(1000, 443) }),
      into({ source: "10.20.4.9", ...ports(8100, 1007) }),
      out({ version: 6, destination: "fd20:4::9", ...ports(80, 8000) }),
    ],
    left: [
      out({ ...INSIDE, ...ports(443, 1000) }),
      out({ ...INSIDE, ...ports(1008, 443) }),
      out({ ...BESIDE, ...ports(80, 443) }),
      into({ version: 6, source: "fd20:5::", ...ports(443, 80) }),
    ],
  },
  "CIDRs and ranges inside others of one rule": {
    rules: [
      include({
        protocol: "UDP",
        peerPorts: [{ port: 1000, endPort: 1007 }, { port: 1000, endPort: 1003 }, { port: 1005 }],
        peers: [peer("10.20.4.0/22"), peer("10.20.4.128/25"), peer("10.20.7.255/32")],
      }),
    ],
    taken: ["10.20.4.1", "10.20.4.128", "10.20.7.255"].flatMap((destination) =>
      [1000, 1004, 1005, 1007].map((port) => out({ destination, ...UDP, ...ports(9, port) }))
    ),
    left: [
      out({ ...INSIDE, ...UDP, ...ports(9, 1008) }),
      out({ ...BESIDE, ...UDP, ...ports(9, 1000) }),
      out({ ...INSIDE, ...UDP, ...ports(1000, 9) }),
    ],
  },
  "what restricts nothing, beside ports": {
    rules: [
      include({ protocol: "TCP", peerPorts: HTTPS, peers: [peer("0.0.0.0/0")] }),
      include({ protocol: "UDP", ports: [{ port: 1, endPort: 65535 }], peers: [peer("::/0")] }),
    ],
    taken: [
      out(ports(9, 443)),
      out({ version: 6, ...UDP, ...ports(1, 65535) }),
    ],
    left: [
      out({ version: 6, ...ports(9, 443) }),
      out({ ...UDP, ...ports(9, 9) }),
      out(ports(443, 9)),
    ],
  },
  "two rules whose CIDRs overlap, with opposite actions": {
    rules: [
      skip({
        protocol: "TCP",
        peerPorts: HTTPS,
        peers: [peer("10.20.4.0/22"), peer("172.16.0.0/12")],
      }),
      include({
        protocol: "TCP",
        peerPorts: [{ port: 443 }, { port: 80 }],
        peers: [peer("10.20.0.0/16"), peer("172.16.0.0/12")],
      }),
    ],
    taken: [
      out({ ...INSIDE, ...ports(9, 80) }),
      out({ ...BESIDE, ...ports(9, 443) }),
      out({ destination: "172.16.0.1", ...ports(9, 80) }),
    ],
    left: [
      out({ ...INSIDE, ...ports(9, 443) }),
      out({ destination: "172.16.0.1", ...ports(9, 443) }),
      out({ ...BESIDE, ...ports(9, 8000) }),
    ],
  },
  "an exception that a later rule includes again": {
    rules: [
      include({ protocol: "TCP", peers: [peer("10.0.0.0/8", "10.20.0.0/16")] }),
      include({
        protocol: "TCP",
        peerPorts: HTTPS,
        peers: [peer("10.20.4.0/22", "10.20.4.128/25")],
      }),
    ],
    taken: [
      out({ destination: "10.21.0.0" }),
      out({ destination: "10.20.4.127", ...ports(9, 443) }),
    ],
    left: [
      out({ destination: "10.20.4.127", ...ports(9, 80) }),
      out({ destination: "10.20.4.128", ...ports(9, 443) }),
      out({ destination: "10.20.3.255", ...ports(9, 443) }),
    ],
  },
  "an exception of one CIDR that another of the rule includes": {
    rules: [include({ peers: [peer("10.0.0.0/8", "10.20.0.0/16"), peer("10.20.4.0/22")] })],
    taken: [out(INSIDE), out({ destination: "10.9.0.9", protocol: PROTOCOLS.GRE })],
    left: [out(BESIDE), out({ version: 6 })],
  },
  "an exception of a Skip rule before an Include rule": {
    rules: [
      skip({ protocol: "TCP", ports: HTTPS, peers: [peer("10.20.0.0/16", "10.20.4.0/22")] }),
      include({ protocol: "TCP" }),
    ],
    taken: [out({ ...INSIDE, ...ports(9, 443) }), out({ ...BESIDE, ...ports(9, 80) })],
    left: [out({ ...BESIDE, ...ports(443, 9) }), out({ ...INSIDE, ...UDP })],
  },
  "starts of connections to ports of peers": {
    rules: [
      include({
        protocol: "TCP",
        tcpFlags: "SYN",
        peerPorts: HTTPS,
        peers: [peer("10.20.4.0/22"), peer("fd20:4::/32")],
      }),
    ],
    taken: [
      out({ ...INSIDE, flags: SYN, ...ports(9, 443) }),
      out({ version: 6, destination: "fd20:4::9", flags: SYN | 0xc0, ...ports(9, 8000) }),
    ],
    left: [
      out({ ...INSIDE, flags: SYN | ACK, ...ports(9, 443) }),
      out({ ...INSIDE, flags: ACK, ...ports(9, 443) }),
      out({ ...BESIDE, flags: SYN, ...ports(9, 443) }),
      out({ ...INSIDE, flags: SYN, ...ports(443, 9) }),
    ],
  },
  "the same ports of several protocols": {
    rules: [
      include({ protocol: "TCP", ports: [{ port: 53 }] }),
      skip({ protocol: "UDP", ports: [{ port: 53 }] }),
      include({ protocol: "UDP", ports: [{ port: 1, endPort: 1023 }] }),
      include({ protocol: "SCTP", podPorts: [{ port: 53 }] }),
      include({ protocol: "ICMP" }),
      include({ protocol: PROTOCOLS.GRE }),
    ],
    taken: [
      out(ports(9, 53)),
      out({ ...UDP, ...ports(9, 1023) }),
      into({ protocol: PROTOCOLS.SCTP, ...ports(9, 53) }),
      out({ protocol: PROTOCOLS.ICMP }),
      into({ version: 6, protocol: PROTOCOLS.ICMPV6 }),
      out({ version: 6, protocol: PROTOCOLS.GRE }),
    ],
    left: [
      out({ ...UDP, ...ports(53, 1000) }),
      out({ protocol: PROTOCOLS.SCTP, ...ports(9, 53) }),
      out({ protocol: 50 }),
      out({ ...UDP, ...ports(1024, 1024) }),
    ],
  },
  "Skip before Include": {
    rules: [skip({ peers: [peer("10.20.4.0/22")] }), include({ protocol: "TCP" })],
    taken: [out(BESIDE)],
    left: [out(INSIDE), out({ ...BESIDE, ...UDP })],
  },
  "no rule matches, and none includes": {
    rules: [skip({ protocol: "UDP" }), skip({ peers: [peer("10.20.4.0/22")] })],
    taken: [out(BESIDE), out({ version: 6 }), out({ protocol: PROTOCOLS.ICMP })],
    left: [out({ ...BESIDE, ...UDP }), out(INSIDE)],
  },
  "no rule matches, and one includes": {
    rules: [skip({ protocol: "UDP" }), include({ peers: [peer("10.20.4.0/22")] })],
    taken: [out(INSIDE)],
    left: [out(BESIDE), out({ ...INSIDE, ...UDP }), out({ version: 6 })],
  },
};

Deno.test("rules that are easily compiled wrong", async (t) => {
  await using scene = await PolicyScene.start();
  for (const [name, trap] of Object.entries(TRAPS)) {
    await t.step(name, () => expectTrap(scene, trap));
  }
});
