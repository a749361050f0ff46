/**
 * Whether packets of the bridge fit through a port. A packet that does not fit is lost without a sign to its sender, so
 * Sluice warns.
 * @module
 */
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
 * The MTU that Sluice asks for in `mtu_request`, so that a port of Sluice does not lower the MTU of the owner's ports:
 * Open vSwitch sets the internal ports of a bridge to the smallest MTU of all its ports. So an internal port of Sluice
 * gets the smallest MTU of the owner's ports. A device gets it if its own MTU is smaller: it is never lowered.
 *
 * @param mtus In bytes. `smallest`: of the owner's ports; `own`: that the device has now.
 * @returns In bytes; nothing if Sluice asks for no MTU.
 */
export function mtuRequest(
  type: string,
  { smallest, own }: { readonly smallest: number | undefined; readonly own: number | undefined },
): number | undefined {
  if (type === "internal") return smallest;
  return own !== undefined && smallest !== undefined && own < smallest ? smallest : undefined;
}

/** The known MTUs that matter for a port, in bytes. */
export interface MTUs {
  /** The largest MTU of the owner's ports; nothing if none is known. */
  readonly bridge: number | undefined;
  of(device: string): number | undefined;
}

/**
 * A port. Its `overhead` is how many bytes it adds to each packet, if its target says so; otherwise its type decides.
 */
interface InterfaceWithOverhead extends TypedInterface {
  readonly overhead?: number | undefined;
}

/**
 * The MTU that the underlay must have, so that packets of `payload` bytes fit through a tunnel.
 *
 * @returns Bytes of the outer IP packet; nothing if it is not known how many bytes the tunnel adds.
 */
export function underlayMTU(spec: InterfaceWithOverhead, payload: number): number | undefined {
  const { type, options, overhead = interfaceType(type).overhead?.(options) } = spec;
  if (overhead === undefined) return undefined;
  return payload + overhead + (isIPv6(options.remote_ip ?? "") ? IPV6_OVERHEAD : 0);
}

/** Warnings of packets that do not fit through the port; none if an MTU is not known. */
export function mtuConditions(
  spec: InterfaceWithOverhead,
  port: BridgePort,
  mtus: MTUs,
): Condition[] {
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
 * The smallest and the largest MTU of the owner's ports, in bytes. Internal ports and patch ports count only if the owner
 * asked for an MTU, as otherwise Open vSwitch sets theirs by the other ports.
 */
export function mtuRange(ports: Iterable<BridgePort>): MTURange | undefined {
  const mtus = [...ports].filter(({ ours, type, mtuRequest }) =>
    !ours && (mtuRequest !== undefined || !interfaceType(type).followsMTU)
  ).map(({ mtu }) => mtu).filter((mtu) => mtu !== undefined);
  if (mtus.length === 0) return undefined;
  return { smallest: Math.min(...mtus), largest: Math.max(...mtus) };
}

/** What is known of the MTUs of a bridge's ports. */
export class KnownMTUs {
  readonly #ports: Parameters<typeof mtuRange>[0];
  #range: MTURange | undefined;
  #mayDiffer = false;

  constructor(ports: Parameters<typeof mtuRange>[0]) {
    this.#ports = ports;
  }

  get range(): MTURange | undefined {
    return this.#range;
  }

  /** A port that is not Sluice's has changed. */
  mayDiffer(): void {
    this.#mayDiffer = true;
  }

  /** Looks again, if there may be others. @returns Whether there are. */
  compare(): boolean {
    if (!this.#mayDiffer) return false;
    this.#mayDiffer = false;
    const before = this.#range;
    this.#range = mtuRange(this.#ports);
    return JSON.stringify(before) !== JSON.stringify(this.#range);
  }
}
