/** Reads the network devices of the node from its kernel. @module */
import type { Device } from "../model/ports/device.ts";

/** Time between two searches for a missing device, in milliseconds. */
export const DEVICE_POLL_INTERVAL = 250;

/** IPv6 addresses of fe80::/10 (RFC 4291, section 2.5.6), which every device has. */
const LINK_LOCAL = /^fe[89ab]/i;

/** That there is no such device. The file `bonding_masters` is no device, and stands beside them. */
const ABSENT = [Deno.errors.NotFound, Deno.errors.NotADirectory] as const;

/**
 * @returns Nothing if Sluice's own network namespace has no device of that name.
 * @throws If that cannot be known, e.g. as the process has no free file, or the device went away meanwhile.
 */
export function readDevice(name: string): Device | undefined {
  let index: number;
  try {
    index = Number(Deno.readTextFileSync(`/sys/class/net/${name}/ifindex`));
  } catch (cause) {
    if (ABSENT.some((each) => cause instanceof each)) return undefined;
    throw new Error(`Cannot read device "${name}": ${(cause as Error).message}`, { cause });
  }
  const addresses = interfaces()
    .filter((device) => device.name === name && !LINK_LOCAL.test(device.address))
    .map(({ address }) => address);
  const isPhysical = exists(`/sys/class/net/${name}/device`);
  return {
    index,
    addresses,
    ...(isPhysical && { isPhysical }),
    ...((isPhysical || isOfOtherKind(name, index)) && { isNotInternal: true }),
  };
}

/** Whether Open vSwitch cannot have made the device as an internal port: those are TAP devices, or without any kind. */
function isOfOtherKind(name: string, index: number): boolean {
  const folder = `/sys/class/net/${name}`;
  if (exists(`${folder}/tun_flags`)) return false;
  try {
    const isStacked = Number(Deno.readTextFileSync(`${folder}/iflink`)) !== index;
    return isStacked || /^DEVTYPE=/m.test(Deno.readTextFileSync(`${folder}/uevent`));
  } catch {
    return false; // it went away meanwhile
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Whether the node has the IP address. @param ip In its canonical spelling. */
export function isOwnAddress(ip: string): boolean {
  return interfaces().some(({ address }) => address === ip);
}

/** Lists the packet sockets of this network namespace: packet(7), "/proc interfaces". */
const PACKET_SOCKETS = "/proc/net/packet";
/** In columns Type and Proto of that list: sockets that get whole frames, of every protocol. */
const [RAW, EVERY_PROTOCOL] = ["3", "0003"];

/**
 * Whether a program receives all packets of the device, as Open vSwitch does with the devices of a bridge in userspace.
 *
 * @param index The device's ifindex.
 * @returns Nothing if that cannot be read.
 */
export function isReceivedFrom(index: number): boolean | undefined {
  return receivedFrom()?.has(`${index}`);
}

let received: { readonly indexes: ReadonlySet<string> | undefined } | undefined;

/** The ifindexes of all such devices. As with `interfaces`, the answer is kept until the running task ends. */
function receivedFrom(): ReadonlySet<string> | undefined {
  if (!received) queueMicrotask(() => received = undefined);
  received ??= { indexes: readReceivedFrom() };
  return received.indexes;
}

function readReceivedFrom(): ReadonlySet<string> | undefined {
  let text: string;
  try {
    text = Deno.readTextFileSync(PACKET_SOCKETS);
  } catch {
    return undefined; // without procfs, or without a free file
  }
  const sockets = text.split("\n").slice(1).map((line) => line.split(/\s+/));
  return new Set(
    sockets.filter(([, , type, protocol]) => type === RAW && protocol === EVERY_PROTOCOL)
      .map(([, , , , device]) => device!),
  );
}

let known: readonly Deno.NetworkInterfaceInfo[] | undefined;

/**
 * All devices, with one entry for each address. A node with 1,000 devices takes 3 ms for it, so the answer is kept
 * until the running task ends: all ports that are judged together share it.
 */
function interfaces(): readonly Deno.NetworkInterfaceInfo[] {
  if (!known) queueMicrotask(() => known = undefined);
  return known ??= Deno.networkInterfaces();
}

/** @returns The device's MTU in bytes; nothing if Sluice's own network namespace has no device of that name. */
export function readMTU(name: string): number | undefined {
  try {
    return Number(Deno.readTextFileSync(`/sys/class/net/${name}/mtu`));
  } catch {
    return undefined;
  }
}

/** What the kernel says of a device's link. */
export interface Link {
  /** In bytes. */
  readonly mtu: number;
  /** Whether Open vSwitch would say in `link_state` that it is up. */
  readonly isUp: boolean;
}

/** States of a device with which the kernel sets IFF_RUNNING: Documentation/networking/operstates.rst in its sources. */
const RUNNING: readonly string[] = ["up", "unknown"];

/** @returns Nothing if Sluice's own network namespace has no device of that name. */
export function readLink(name: string): Link | undefined {
  const mtu = readMTU(name);
  if (mtu === undefined) return undefined;
  try {
    const state = Deno.readTextFileSync(`/sys/class/net/${name}/operstate`).trim();
    return { mtu, isUp: RUNNING.includes(state) };
  } catch {
    return undefined; // it went away meanwhile
  }
}
