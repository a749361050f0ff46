/** The node's network devices, as its kernel shows them. @module */
import type { Device } from "../model/ports/surroundings.ts";

/** How often a missing device is looked for, in milliseconds. */
export const DEVICE_POLL_INTERVAL = 250;

const LINK_LOCAL = /^fe[89ab]/i;

/** @returns Nothing when no device of that name is in our network namespace. */
export function readDevice(name: string): Device | undefined {
  let index: number;
  try {
    index = Number(Deno.readTextFileSync(`/sys/class/net/${name}/ifindex`));
  } catch {
    return undefined; // not there, gone while we read, or no device at all, as bonding_masters
  }
  const addresses = interfaces()
    .filter((device) => device.name === name && !LINK_LOCAL.test(device.address))
    .map(({ address }) => address);
  return { index, addresses };
}

let known: readonly Deno.NetworkInterfaceInfo[] | undefined;

/** Reads all of them, in 3 ms where there are a thousand: once for all ports that are judged in one go. */
function interfaces(): readonly Deno.NetworkInterfaceInfo[] {
  if (!known) queueMicrotask(() => known = undefined);
  return known ??= Deno.networkInterfaces();
}

/** Bytes; nothing when no device of that name is in our network namespace. */
export function readMTU(name: string): number | undefined {
  try {
    return Number(Deno.readTextFileSync(`/sys/class/net/${name}/mtu`));
  } catch {
    return undefined;
  }
}
