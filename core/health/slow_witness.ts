/**
 * The slow witness: what the flows of the return port count while probes stay unanswered. The ports' counters do not tell
 * frames that a device sends by itself, e.g. for a spanning tree, from packets that have come through the sensor. Flows
 * do: what is not IP has not come through it. But the switch adds up their counters only now and then, and so it takes
 * seconds until they mean something.
 * @module
 */
import { match, type OpenFlowClient } from "../openflow/mod.ts";
import type { Counters } from "./witness.ts";

/** What has come back, as the flows of the return port have counted it. */
export interface Returned {
  readonly ip: bigint;
  readonly other: bigint;
}

/** Milliseconds in which the switch has added up the counters of all flows, more than once. */
const LONG = 5000;
/** A sensor from which less IP comes back is dead: half of what is little to the ports' counters, as flows count late. */
const LEAST_SHARE = 0.005;
/** So much of what the port has counted must be something else: only then are the counters of flows up to date. */
const EXPLAINED = 0.5;
const ETHERTYPES = { ipv4: 0x0800, ipv6: 0x86dd } as const;

/** Reads the counters. @returns Nothing if the flows of table 0 do not tell IP from other packets. */
export async function readReturned(
  client: Pick<OpenFlowClient, "flowTotals">,
  port: number,
): Promise<Returned | undefined> {
  const total = (more: { readonly eth_type?: number } = {}) =>
    client.flowTotals({ table: 0, match: match({ in_port: port, ...more }) });
  try {
    const [all, ...ip] = await Promise.all([
      total(),
      ...Object.values(ETHERTYPES).map((eth_type) => total({ eth_type })),
    ]);
    if (ip.some(({ flows }) => flows === 0)) return undefined;
    const sum = ip.reduce((sum, { packets }) => sum + packets, 0n);
    return { ip: sum, other: all!.packets - sum };
  } catch {
    return undefined; // the connection is lost
  }
}

/** What is known at a time. */
export interface Look {
  readonly at: number;
  /** Nothing if a port is not there. */
  readonly counters: Counters | undefined;
  readonly returned: Returned | undefined;
}

const countsOf = ({ counters, returned }: Look) =>
  counters && returned && [counters.into, counters.back, returned.ip, returned.other];

export class SlowWitness {
  #first: Look | undefined;

  /** Takes a look at a sensor from which something comes back. @returns Whether it is dead all the same. */
  saysDead(look: Look): boolean {
    const first = this.#first ??= look;
    if (look.at - first.at < LONG) return false;
    this.#first = look;
    const [before, after] = [countsOf(first), countsOf(look)];
    if (!before || !after) return false;
    const [into, back, ip, other] = after.map((count, index) => Number(count - before[index]!));
    return ip! >= 0 && ip! < LEAST_SHARE * into! && other! >= EXPLAINED * back!;
  }

  /** A probe has come back, or the flows may be others. */
  forget(): void {
    this.#first = undefined;
  }
}
