/** Whether packets of the bridge fit through a port: warnings, as nothing tells the sender otherwise. @module */
import { isIPv6 } from "node:net";
import {
  interfaceType,
  IPV6_OVERHEAD,
  isTunnel,
  type TypedInterface,
} from "../../contracts/interface_types.ts";
import type { BridgePort } from "./bridge_ports.ts";
import { type Condition, warning } from "../../contracts/condition.ts";

/**
 * What to ask for, so that a port of ours lowers nobody's MTU: Open vSwitch sets the bridge's internal ports to the
 * smallest of all. An internal port of ours follows that of the others; a device is raised, and never lowered.
 *
 * @param own Of the device as it is; all in bytes.
 */
export function mtuRequest(
  type: string,
  { smallest, own }: { readonly smallest: number | undefined; readonly own: number | undefined },
): number | undefined {
  if (type === "internal") return smallest;
  return own !== undefined && smallest !== undefined && own < smallest ? smallest : undefined;
}

/** What is known of MTUs around a port, in bytes. */
export interface MTUs {
  /** The largest of a port that is not ours. */
  readonly bridge: number | undefined;
  of(device: string): number | undefined;
}

/** A port, and how many bytes it adds to each packet where its target says so: else it is as its type has it. */
interface Adding extends TypedInterface {
  readonly overhead?: number | undefined;
}

/**
 * What the underlay must take, so that packets of `payload` bytes fit through a tunnel; nothing where it is not known
 * how many bytes the tunnel adds.
 *
 * @returns Bytes of the outer IP packet.
 */
export function underlayMTU(spec: Adding, payload: number): number | undefined {
  const { type, options, overhead = interfaceType(type).overhead?.(options) } = spec;
  if (overhead === undefined) return undefined;
  return payload + overhead + (isIPv6(options.remote_ip ?? "") ? IPV6_OVERHEAD : 0);
}

export function mtuConditions(spec: Adding, port: BridgePort, mtus: MTUs): Condition[] {
  if (mtus.bridge === undefined) return [];
  const needed = isTunnel(spec) ? underlayMTU(spec, mtus.bridge) : undefined;
  return needed === undefined
    ? deviceConditions(port, mtus.bridge)
    : tunnelConditions(port, needed, { ...mtus, bridge: mtus.bridge });
}

function deviceConditions({ name, mtu }: BridgePort, bridge: number): Condition[] {
  if (mtu === undefined || mtu >= bridge) return [];
  const message = `Port "${name}" takes ${mtu} bytes and the bridge's ports send up to ${bridge}`;
  return [warning("MTUTooSmall", message, `run "ip link set ${name} mtu ${bridge}"`)];
}

function tunnelConditions(
  { name, egressDevice }: BridgePort,
  needed: number,
  mtus: MTUs & { readonly bridge: number },
): Condition[] {
  const underlay = egressDevice === undefined ? undefined : mtus.of(egressDevice);
  if (underlay === undefined || underlay >= needed) return [];
  const message =
    `Tunnel "${name}" needs ${needed} bytes for packets of ${mtus.bridge}, and "${egressDevice}" ` +
    `takes ${underlay}, so that larger ones are lost on the way`;
  return [warning("MTUTooSmall", message, "raise its MTU")];
}

export interface MTURange {
  readonly smallest: number;
  readonly largest: number;
}

/**
 * MTUs of other people's ports, in bytes. Open vSwitch has internal and patch ports follow the others, unless somebody
 * asked for another MTU: then they count like the others.
 */
export function mtuRange(ports: Iterable<BridgePort>): MTURange | undefined {
  const mtus = [...ports].filter(({ ours, type, mtuRequest }) =>
    !ours && (mtuRequest !== undefined || !interfaceType(type).followsMTU)
  ).map(({ mtu }) => mtu).filter((mtu) => mtu !== undefined);
  if (mtus.length === 0) return undefined;
  return { smallest: Math.min(...mtus), largest: Math.max(...mtus) };
}
