/** The device of the node's default route, through which tunnels to other nodes usually go. @module */
import { readMTU } from "../observe/devices.ts";
import type { DefaultDevice } from "./facts.ts";
import { type Known, known, unknown } from "./known.ts";

/** Linux's routing tables, and how a line of each shows a default route: proc_pid_net(5). */
const ROUTES = [
  { file: "/proc/net/route", isDefault: /^(?<device>\S+)\t0{8}\t/ },
  { file: "/proc/net/ipv6_route", isDefault: /^0{32} 00 .* (?<device>\S+)$/ },
] as const;
const LOOPBACK = "lo";

export function findDefaultDevice(): Known<DefaultDevice> {
  for (const { file, isDefault } of ROUTES) {
    for (const line of readLines(file)) {
      const name = isDefault.exec(line)?.groups?.device;
      const mtu = name === undefined || name === LOOPBACK ? undefined : readMTU(name);
      if (name !== undefined && mtu !== undefined) return known({ name, mtu });
    }
  }
  return unknown("the node has no default route");
}

function readLines(file: string): readonly string[] {
  try {
    return Deno.readTextFileSync(file).trim().split("\n").map((line) => line.trimEnd());
  } catch {
    return []; // The kernel has no IPv6
  }
}
