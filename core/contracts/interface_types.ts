/** Facts about Open vSwitch's types of interfaces: ovs-vswitchd.conf.db(5), Interface, `type`. @module */
import type { PortSpec } from "./target.ts";

/** A row of Open vSwitch's Interface table, as far as its facts depend on it. */
export type TypedInterface = Pick<PortSpec, "type" | "options">;

interface InterfaceType {
  /** Bytes that it adds to each packet, an outer IPv4 header included, an outer Ethernet header not. */
  readonly overhead?: (options: PortSpec["options"]) => number;
  /** The UDP port that Open vSwitch takes where `options:dst_port` is absent. */
  readonly udpPort?: string;
  /** The type that Open vSwitch takes it for when it compares tunnels, if that is another. */
  readonly family?: string;
  /** Packets go out through it, and none comes in. */
  readonly isOneWay?: true;
  /** It leads to another port or another node: nothing on this node gets packets from it. */
  readonly isVirtual?: true;
  /** Open vSwitch gives it the smallest MTU of the bridge's other ports, unless `mtu_request` asks for another. */
  readonly followsMTU?: true;
}

/** The outer IPv4 header, and the Ethernet header that the inner packet begins with. */
const BOTH_IN_IPV4 = 20 + 14;
const UDP = 8;
/** Of an outer IPv6 header, more than of an IPv4 header. */
export const IPV6_OVERHEAD = 20;

const TYPES: Readonly<Record<string, InterfaceType>> = {
  vxlan: {
    overhead: () => BOTH_IN_IPV4 + UDP + 8, // RFC 7348 section 5
    udpPort: "4789",
    isVirtual: true,
  },
  geneve: {
    overhead: () => BOTH_IN_IPV4 + UDP + 8, // without options: RFC 8926 section 3
    udpPort: "6081",
    isVirtual: true,
  },
  gre: {
    overhead: ({ key }) => BOTH_IN_IPV4 + (key === undefined ? 4 : 8), // RFC 2890 section 2
    isVirtual: true,
  },
  erspan: {
    // GRE with a sequence number, then type II or III: draft-foschiano-erspan-03 section 4
    overhead: ({ erspan_ver }) => BOTH_IN_IPV4 + 8 + (erspan_ver === "2" ? 12 : 8),
    isOneWay: true,
    isVirtual: true,
  },
  ip6gre: { family: "gre", isVirtual: true },
  ip6erspan: { family: "erspan", isOneWay: true, isVirtual: true },
  stt: { isVirtual: true },
  gtpu: { isVirtual: true },
  patch: { isVirtual: true, followsMTU: true },
  internal: { followsMTU: true },
};

/** What is known of a type; nothing of those that are not in the table, e.g. the node's devices. */
export function interfaceType(type: string): InterfaceType {
  return TYPES[type] ?? {};
}

/** Types of which it is known how many bytes they add. */
export const ENCAPSULATING: readonly string[] = Object.keys(TYPES)
  .filter((type) => TYPES[type]!.overhead !== undefined);

/** Options with which the headers of all types are the longest. */
export const LONGEST_HEADERS: PortSpec["options"] = { key: "1", erspan_ver: "2" };

/** Every type of tunnel needs a far end, and nothing else has one. */
export function isTunnel({ options }: Pick<TypedInterface, "options">): boolean {
  return options.remote_ip !== undefined;
}

/** What Open vSwitch takes one tunnel of: of a second one it says `ofport=-1`. */
export function tunnelIdentity({ type, options }: TypedInterface): string {
  const { family = type, udpPort = "" } = interfaceType(type);
  return [family, options.remote_ip, options.key ?? "0", options.dst_port ?? udpPort].join(" ");
}
