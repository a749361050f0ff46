/** The packets are what they say, as tshark reads them. */
import assert from "node:assert/strict";
import { Random } from "../ownership/random.ts";
import { tshark } from "../lab/tshark.ts";
import { ACK, PROTOCOLS, SYN } from "./oracle.ts";
import { build, fragments, keyOf, type Shape } from "./packets.ts";
import { randomPackets, randomWorld } from "./random.ts";
import { newIDs, shapeOf } from "./world.ts";

/** A shape, fields of tshark, and their values. */
const CASES: readonly (readonly [string, Partial<Shape>, Record<string, string>])[] = [
  ["TCP", { flags: SYN | ACK, ports: { from: 1000, to: 443 } }, {
    "tcp.srcport": "1000",
    "tcp.dstport": "443",
    "tcp.flags": "0x0012",
    "ip.src": "10.20.0.1",
    "ip.dst": "10.20.0.2",
    "ip.checksum.status": "1",
  }],
  ["TCP over IPv6", { version: 6, flags: SYN }, {
    "ipv6.src": "fd20::1",
    "ipv6.dst": "fd20::2",
    "tcp.flags": "0x0002",
  }],
  ["UDP", { protocol: PROTOCOLS.UDP, length: 128 }, {
    "udp.srcport": "40000",
    "udp.dstport": "53",
    "udp.length": "94",
  }],
  ["SCTP", { protocol: PROTOCOLS.SCTP, version: 6 }, {
    "sctp.srcport": "40000",
    "sctp.dstport": "53",
  }],
  ["ICMP", { protocol: PROTOCOLS.ICMP }, { "icmp.type": "8" }],
  ["ICMPv6", { protocol: PROTOCOLS.ICMPV6, version: 6 }, { "icmpv6.type": "128" }],
  ["GRE", { protocol: PROTOCOLS.GRE }, { "ip.proto": "47", "gre.proto": "0x0800" }],
];

Deno.test.each(CASES)("a packet is what it says: %s", async (_name, more, fields) => {
  const { frame, packet } = build(shapeOf("p1", "p2", more));
  assert.equal(packet.length, more.length ?? 200);
  const names = Object.keys(fields);
  const [row] = await tshark([frame], names, { prefer: ["ip.check_checksum:TRUE"] });
  assert.deepEqual(row, Object.values(fields));
});

for (const version of [4, 6] as const) {
  Deno.test(`fragments are put together again: IPv${version}`, async () => {
    const shape = shapeOf("p1", "p2", { version, protocol: PROTOCOLS.UDP, length: 205 });
    const parts = fragments(shape, newIDs(3));
    assert.deepEqual(parts.map(({ packet }) => packet.fragment), ["first", "later", "later"]);
    const field = version === 4 ? "ip.reassembled.length" : "ipv6.reassembled.length";
    const rows = await tshark(parts.map(({ frame }) => frame), [field, "udp.dstport"], {});
    const headers = version === 4 ? 34 : 62;
    const bytes = parts.reduce((sum, { frame }) => sum + frame.length - headers, 0);
    assert.deepEqual(rows.at(-1), [`${bytes}`, "53"]);
  });
}

Deno.test("packets of a round have different keys, also if they are cut to 64 bytes", () => {
  const random = new Random(1);
  const packets = randomPackets(random, 1600, randomWorld(random));
  assert.equal(new Set(packets.map(({ key }) => key)).size, packets.length);
  for (const { frame, key } of packets) assert.equal(keyOf(frame.slice(0, 64)), key);
});
