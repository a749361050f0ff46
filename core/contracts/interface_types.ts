/** Facts about the types of interfaces of Open vSwitch: ovs-vswitchd.conf.db(5), Interface, `type`. @module */
import type { PortSpec } from "./target.ts";

/** The columns of a row of table Interface on which these facts depend. */
export type TypedInterface = Pick<PortSpec, "type" | "options">;

interface InterfaceType {
  /** Bytes that it adds to each packet. They include an outer IPv4 header, but no outer Ethernet header. */
  readonly overhead?: (options: PortSpec["options"]) => number;
  /** The UDP port that Open vSwitch uses if `options:dst_port` is absent. */
  readonly udpPort?: string;
  /** Open vSwitch takes it for this type when it compares tunnels; absent if that is its own type. */
  readonly family?: string;
  /** Packets can only go out through it. */
  readonly isOneWay?: true;
  /** It leads to another port or another node. No program on this node gets packets from it. */
  readonly isVirtual?: true;
  /** Open vSwitch gives it the smallest MTU of the bridge's other ports, unless `mtu_request` asks for another. */
  readonly followsMTU?: true;
}

/** Bytes of the outer IPv4 header, and of the Ethernet header with which the inner packet begins. */
const BOTH_IN_IPV4 = 20 + 14;
const UDP = 8;
/** Bytes by which an IPv6 header is longer than an IPv4 header. */
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

/** The facts about a type. Of types that are not in the table, e.g. a device of the node, there are none. */
export function interfaceType(type: string): InterfaceType {
  return TYPES[type] ?? {};
}

/** The types whose overhead is known. */
export const ENCAPSULATING: readonly string[] = Object.keys(TYPES)
  .filter((type) => TYPES[type]!.overhead !== undefined);

/** Options with which the headers of every type have their greatest length. */
export const LONGEST_HEADERS: PortSpec["options"] = { key: "1", erspan_ver: "2" };

/** Whether an interface is a tunnel: all tunnels have the option `remote_ip`, and no other interface has it. */
export function isTunnel({ options }: Pick<TypedInterface, "options">): boolean {
  return options.remote_ip !== undefined;
}

/**
 * A text that is equal for tunnels that Open vSwitch takes for the same. It refuses the second one, with `ofport=-1`.
 */
export function tunnelIdentity({ type, options }: TypedInterface): string {
  const { family = type, udpPort = "" } = interfaceType(type);
  const key = options.in_key ?? options.key ?? "0";
  return [family, options.remote_ip, key, options.dst_port ?? udpPort].join(" ");
}

/** What tunnels must have in common to get the same packets: the type and the UDP port. */
function protocolOf({ type, options }: TypedInterface): string {
  const { family = type, udpPort = "" } = interfaceType(type);
  return [family, options.dst_port ?? udpPort].join(" ");
}

/** The value of `remote_ip` and `key` with which flows say the address or the key, and packets of all come in. */
const BY_FLOWS = "flow";

/**
 * Whether a tunnel takes packets from every address that would come in through `spec` instead: Open vSwitch prefers the
 * tunnel that names the address (ovs-vswitchd.conf.db(5), Interface, `options:remote_ip`).
 *
 * @returns `same key`: packets of its owner are lost. `every key`: they are if its owner uses the key of `spec`, too.
 */
export function takesFromAll(
  { type, options }: TypedInterface,
  spec: TypedInterface,
): "same key" | "every key" | undefined {
  if (options.remote_ip !== BY_FLOWS || spec.options.in_key !== undefined) return undefined;
  if (protocolOf({ type, options }) !== protocolOf(spec)) return undefined;
  const [theirs, ours] = [options.in_key ?? options.key ?? "0", spec.options.key ?? "0"];
  if (theirs === ours) return "same key";
  if (theirs !== BY_FLOWS) return undefined;
  return ours === "0" ? "same key" : "every key"; // an owner that uses no keys sends key 0
}

/** Whether each packet of a tunnel of this type goes to a UDP port, which can be chosen. */
export function hasUDPPort({ type }: Pick<TypedInterface, "type">): boolean {
  return interfaceType(type).udpPort !== undefined;
}
