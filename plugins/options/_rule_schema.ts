/** The schema of rules as users write them, with rules in CEL for the API server. @module */
import Type, { type Static } from "typebox";
import { CIDR_PATTERN, LIMITS } from "../../core/api.ts";

/** The protocols that have a name in rules, by their numbers; ICMP has two. IANA, "Protocol Numbers". */
export const PROTOCOLS = { TCP: 6, UDP: 17, SCTP: 132 } as const;
export const PORT_LISTS = ["podPorts", "peerPorts", "ports"] as const;
export const LAST_PORT = 0xffff;
const LAST_PROTOCOL = 0xff;
/** An address of 45 characters, a slash, and three digits. */
const LONGEST_CIDR = 49;

/** What must hold, for users. */
export const MUST = {
  order: "must not be less than port",
  eitherSide: "must be absent beside podPorts and peerPorts",
  hasPorts: "must be absent for all protocols but TCP, UDP and SCTP",
  isTCP: "must be absent for all protocols but TCP",
} as const;

const cidr = (description: string) =>
  Type.String({ pattern: CIDR_PATTERN, maxLength: LONGEST_CIDR, description });
const list = { minItems: 1, maxItems: LIMITS.ruleList } as const;

const PORT = Type.Object({
  port: Type.Integer({
    minimum: 0,
    maximum: LAST_PORT,
    description: "The port, or the first one of a range.",
  }),
  endPort: Type.Optional(Type.Integer({
    minimum: 0,
    maximum: LAST_PORT,
    description: "The last port of the range; if absent, it is one port.",
  })),
}, {
  description: "A port, or a range of ports.",
  "x-kubernetes-validations": [{
    rule: "!has(self.endPort) || self.endPort >= self.port",
    message: `endPort ${MUST.order}`,
  }],
});
const ports = (description: string) =>
  Type.Optional(Type.Array(PORT, { ...list, description: `${description} One of them must fit.` }));

const PEER = Type.Object({
  ipBlock: Type.Object({
    cidr: cidr("A block of IPv4 or IPv6 addresses, e.g. 10.0.0.0/8 or 2001:db8::/32."),
    except: Type.Optional(Type.Array(
      cidr("A smaller block inside of cidr, e.g. 10.1.0.0/16."),
      {
        maxItems: LIMITS.ruleList,
        description: "Blocks inside of cidr that do not belong to it.",
      },
    )),
  }, { description: "Addresses, as in a NetworkPolicy." }),
}, { description: "Addresses of the other end." });

/** In CEL: whether a rule names one of these protocols. */
const hasProtocol = (names: readonly (keyof typeof PROTOCOLS)[]) => {
  const either = names.flatMap((name) => [
    `self.protocol == "${name}"`,
    `self.protocol == ${PROTOCOLS[name]}`,
  ]);
  return `has(self.protocol) && (${either.join(" || ")})`;
};
const hasNone = (fields: readonly string[]) =>
  fields.map((field) => `!has(self.${field})`).join(" && ");

const RULE = Type.Object({
  action: Type.Enum(["Include", "Skip"], {
    description: "What is done with packets for which this is the first rule that matches.",
  }),
  protocol: Type.Optional(Type.Union([
    Type.Enum([...Object.keys(PROTOCOLS), "ICMP"] as (keyof typeof PROTOCOLS | "ICMP")[]),
    Type.Integer({ minimum: 0, maximum: LAST_PROTOCOL }),
  ], {
    description:
      "TCP, UDP, SCTP, ICMP, or the number of a protocol over IP, 0 to 255; ICMP means ICMPv6 over IPv6.",
  })),
  tcpFlags: Type.Optional(Type.Enum(["SYN"], {
    description: "SYN: only the first packet of each TCP connection; only with protocol TCP.",
  })),
  peers: Type.Optional(Type.Array(PEER, {
    ...list,
    description: "Addresses of the other end, seen from the Pod. One of them must fit.",
  })),
  podPorts: ports("Ports of the Pod; only with TCP, UDP and SCTP."),
  peerPorts: ports("Ports of the other end; only with TCP, UDP and SCTP."),
  ports: ports("Ports of either end, in place of podPorts and peerPorts."),
}, {
  description: "A rule matches a packet if all that it names fits.",
  "x-kubernetes-validations": [
    {
      rule: `!has(self.ports) || (${hasNone(["podPorts", "peerPorts"])})`,
      message: `ports ${MUST.eitherSide}`,
    },
    {
      rule: `(${hasNone(PORT_LISTS)}) || (${hasProtocol(["TCP", "UDP", "SCTP"])})`,
      message: `ports ${MUST.hasPorts}`,
    },
    {
      rule: `${hasNone(["tcpFlags"])} || (${hasProtocol(["TCP"])})`,
      message: `tcpFlags ${MUST.isTCP}`,
    },
  ],
});

export const RULES = Type.Array(RULE, { minItems: 1, maxItems: LIMITS.rules });
/** Rules as users write them. */
export type GivenRule = Static<typeof RULE>;
export type GivenPort = Static<typeof PORT>;
export type GivenPeer = Static<typeof PEER>;
