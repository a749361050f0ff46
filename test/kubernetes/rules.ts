/** Values of `rules`, and what an API server says of them; nothing if it takes them. @module */

type Value = readonly [what: string, rules: readonly object[], refusal?: RegExp];

const TCP = { action: "Include", protocol: "TCP" } as const;
const block = (cidr: string, ...except: string[]) => ({ ipBlock: { cidr, except } });
const many = <T>(count: number, make: (place: number) => T): T[] =>
  Array.from({ length: count }, (_, place) => make(place));

export const RULES: readonly Value[] = [
  ["one that names nothing", [{ action: "Skip" }]],
  ["none", [], /rules: .*at least 1/],
  ["every field", [
    {
      ...TCP,
      tcpFlags: "SYN",
      peers: [block("10.0.0.0/8", "10.1.0.0/16"), block("2001:db8::/32", "2001:db8:1::/48")],
      podPorts: [{ port: 1024, endPort: 65535 }],
      peerPorts: [{ port: 80 }, { port: 0, endPort: 0 }],
    },
    { action: "Skip", protocol: "UDP", ports: [{ port: 53 }] },
  ]],
  ["bits beyond the prefix", [{ action: "Skip", peers: [block("10.1.2.3/8")] }]],
  [
    "each protocol",
    ["TCP", "UDP", "SCTP", "ICMP", 0, 47, 255].map((protocol) => ({
      action: "Skip",
      protocol,
    })),
  ],
  ["ports of a protocol by its number", [{ ...TCP, protocol: 6, ports: [{ port: 80 }] }]],
  [
    "full lists",
    many(32, () => ({
      ...TCP,
      peers: many(64, (i) => ({ ipBlock: { cidr: `10.0.${i}.0/24` } })),
      podPorts: many(64, (i) => ({ port: 2 * i })),
    })),
  ],
  ["33 of them", many(33, () => TCP), /rules: .*Too many: 33/],
  ["another action", [{ action: "Drop" }], /action: Unsupported value: "Drop"/],
  ["an unknown protocol", [{ ...TCP, protocol: "tcp" }], /protocol: .*should match/],
  ["a protocol beyond 255", [{ ...TCP, protocol: 256 }], /protocol: .*less than or equal to 255/],
  ["a part of a protocol", [{ ...TCP, protocol: 1.5 }], /protocol: /],
  ["an address", [{ action: "Skip", peers: [block("10.0.0.1")] }], /cidr: .*should match/],
  ["a long prefix", [{ action: "Skip", peers: [block("10.0.0.1/33")] }], /cidr: .*should match/],
  ["a word as an exception", [{ action: "Skip", peers: [block("::/0", "x")] }], /except.*match/],
  ["65 ports", [{ ...TCP, ports: many(65, (port) => ({ port })) }], /ports: .*Too many: 65/],
  ["no ports", [{ ...TCP, ports: [] }], /ports: .*at least 1/],
  [
    "a range upside down",
    [{ ...TCP, ports: [{ port: 2, endPort: 1 }] }],
    /endPort must not be less/,
  ],
  [
    "a port of any protocol",
    [{ action: "Skip", ports: [{ port: 2 }] }],
    /ports must be absent for/,
  ],
  [
    "a port of ICMP",
    [{ ...TCP, protocol: 1, podPorts: [{ port: 2 }] }],
    /ports must be absent for/,
  ],
  [
    "ports of either end beside those of one",
    [{ ...TCP, ports: [{ port: 1 }], peerPorts: [{ port: 1 }] }],
    /ports must be absent beside podPorts and peerPorts/,
  ],
  ["a flag of UDP", [{ ...TCP, protocol: "UDP", tcpFlags: "SYN" }], /tcpFlags must be absent for/],
  ["another flag", [{ ...TCP, tcpFlags: "ACK" }], /tcpFlags: Unsupported value: "ACK"/],
  ["an unknown field", [{ ...TCP, port: 1 }], /unknown field .*rules\[0\]\.port/],
];

const skip = (list: string) => ({ ...TCP, action: "Skip", [list]: [{ port: 1 }] });
export const REDIRECT_RULES: readonly Value[] = [
  ["include by ports of either end", [{ ...TCP, ports: [{ port: 1 }] }]],
  ["skip by the peer's ports", [skip("peerPorts")]],
  ["skip by the Pod's ports", [skip("podPorts")]],
  ["skip by ports of either end", [TCP, skip("ports")], /ports must be absent in a rule Skip/],
];
