/** Random rules and packets that meet each other: both are made of few addresses, ports and protocols. @module */
import fc from "fast-check";
import type { GivenPort, GivenRule, Packet } from "./packets.ts";

const BLOCKS = [
  ...["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32", "10.128.0.0/9"],
  ...["192.0.2.128/25", "::/0", "2001:db8::/32", "2001:db8:1::/48", "2001:db8::1/128", "fd00::/8"],
];
/** Exceptions of some of these blocks. */
const EXCEPT: Readonly<Record<string, readonly string[]>> = {
  "0.0.0.0/0": ["10.0.0.0/8", "10.1.2.3/32", "128.0.0.0/1"],
  "10.0.0.0/8": ["10.1.0.0/16", "10.0.0.0/9", "10.128.0.0/9"],
  "10.1.0.0/16": ["10.1.2.0/24", "10.1.255.255/32"],
  "::/0": ["2001:db8::/32", "fd00::/8"],
  "2001:db8::/32": ["2001:db8:1::/48", "2001:db8::1/128"],
};
/** The edges of the blocks, and neighbours of these. */
const ADDRESSES = {
  ipv4: [
    ...["0.0.0.1", "9.255.255.255", "10.0.0.0", "10.0.255.255", "10.1.0.0", "10.1.1.255"],
    ...["10.1.2.0", "10.1.2.2", "10.1.2.3", "10.1.2.4", "10.1.255.255", "10.127.255.255"],
    ...["10.128.0.0", "10.255.255.255", "11.0.0.0", "192.0.2.127", "192.0.2.128", "192.0.2.255"],
  ],
  ipv6: [
    ...["2001:db7:ffff::1", "2001:db8::", "2001:db8::1", "2001:db8::2", "2001:db8:0:ffff::1"],
    ...["2001:db8:1::", "2001:db8:1:ffff::1", "2001:db8:2::", "2001:db9::", "fcff::1", "fd00::"],
    ...["fdff::1", "fe00::1"],
  ],
} as const;
const PORTS = [
  ...[0, 1, 79, 80, 81, 443, 1023, 1024, 1999, 2000, 2001, 7999, 8000, 8100, 8101, 65534, 65535],
];

const block = fc.constantFrom(...BLOCKS);
const peer = block.chain((cidr) =>
  fc.subarray([...EXCEPT[cidr] ?? []]).map((except) => ({
    ipBlock: { cidr, ...(except.length > 0 && { except }) },
  }))
);
const port: fc.Arbitrary<GivenPort> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...PORTS).map((port) => ({ port })) },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom(...PORTS), fc.constantFrom(...PORTS))
      .map(([a, b]) => ({ port: Math.min(a, b), endPort: Math.max(a, b) })),
  },
  { weight: 1, arbitrary: fc.constant({ port: 0, endPort: 65535 }) },
);
const list = <T>(item: fc.Arbitrary<T>) =>
  fc.oneof(fc.constant(undefined), fc.array(item, { minLength: 1, maxLength: 6 }));
const ports = fc.oneof(
  fc.record({ ports: list(port) }),
  fc.record({ podPorts: list(port), peerPorts: list(port) }),
);

/** Without fields that are undefined. */
const given = (rule: object) => JSON.parse(JSON.stringify(rule)) as GivenRule;
const action = fc.constantFrom("Include", "Skip");
export const rule: fc.Arbitrary<GivenRule> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      action,
      protocol: fc.constantFrom(undefined, "ICMP", 1, 47, 44, 58, 6),
      peers: list(peer),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(
      fc.record({
        action,
        protocol: fc.constantFrom("TCP", "UDP", "SCTP", 6, 17),
        peers: list(peer),
      }),
      ports,
    ).map(([rule, more]) => ({ ...rule, ...more })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.record({
        action,
        protocol: fc.constant("TCP"),
        tcpFlags: fc.constant("SYN"),
        peers: list(peer),
      }),
      ports,
    ).map(([rule, more]) => ({ ...rule, ...more })),
  },
).map(given);
export const rules = fc.array(rule, { minLength: 1, maxLength: 6 });

export const packet: fc.Arbitrary<Packet> = fc.constantFrom("ipv4" as const, "ipv6" as const)
  .chain((family) => {
    const address = fc.constantFrom(...ADDRESSES[family]);
    return fc.record({
      family: fc.constant(family),
      source: address,
      destination: address,
      protocol: fc.constantFrom(6, 6, 6, 17, 17, 132, 47, family === "ipv4" ? 1 : 58),
      from: fc.constantFrom(...PORTS),
      to: fc.constantFrom(...PORTS),
      flags: fc.constantFrom(0x02, 0x12, 0x10, 0x18, 0x42, 0x14),
      fragment: fc.constantFrom("no" as const, "no" as const, "no" as const, "first", "later"),
    });
  });
