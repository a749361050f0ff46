/**
 * Takes the target and return ports out of the bridge's flooding (the flag NO_FLOOD), and lets ports of the owner take
 * part in it again when Sluice no longer uses them. Without that, a broadcast that comes back from a pair would be
 * flooded into the pair again, without end.
 * @module
 */
import type { BridgePort } from "../model/ports/bridge_ports.ts";
import type { Waiter } from "../base/alarm.ts";
import type { Log } from "../base/log.ts";
import type { Model } from "../model/model.ts";
import {
  type OpenFlowClient,
  type PortDescription,
  type PortMod,
  ProtocolMissingError,
  readFloodConfig,
  setNoFlood,
} from "../openflow/mod.ts";
import { bridgeView, type OvsdbSession } from "../ovsdb/mod.ts";
import { forgetFloodChange, notedFloodChanges, noteFloodChange } from "./bridge_operations.ts";

/** Time between two reads of the flags, in milliseconds. Open vSwitch does not report that a flag was removed. */
export const FLOOD_CHECK_INTERVAL = 500;

export interface FloodingOptions {
  readonly bridge: string;
  readonly model: Model;
  readonly ovsdb: Pick<OvsdbSession, "cache" | "commit">;
  readonly log: Log;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** Names of the owner's ports that Sluice has taken out of flooding, as the notes in the bridge's row say. */
export function floodChanges({ cache }: Pick<OvsdbSession, "cache">, bridge: string): string[] {
  return notedFloodChanges(bridgeView(cache, bridge)?.row.external_ids ?? {});
}

/**
 * Lets these ports take part in flooding again, and removes the notes about them.
 *
 * @param ports Their names.
 * @throws {ProtocolMissingError} If the bridge does not allow OpenFlow 1.0.
 */
export async function releaseFlooding(
  client: Pick<OpenFlowClient, "address">,
  ports: readonly string[],
  { ovsdb, bridge }: Pick<FloodingOptions, "ovsdb" | "bridge">,
): Promise<void> {
  const described = await readFloodConfig(client.address);
  const stopped = described.filter(({ name, config }) =>
    ports.includes(name) && config.has("NO_FLOOD")
  );
  if (stopped.length > 0) {
    await setNoFlood(client.address, stopped.map((port) => toMod(port, false)));
  }
  await ovsdb.commit(ports.map((name) => forgetFloodChange(bridge, name)));
}

function toMod({ number, hardwareAddress }: PortDescription, NO_FLOOD: boolean): PortMod {
  return { number, hardwareAddress, config: { NO_FLOOD } };
}

export class Flooding implements Waiter {
  readonly #options: FloodingOptions;
  /** The ports that had the flag when the flags were read last, by name and number. */
  #stopped = new Set<string>();
  /** When the flags were read last, in milliseconds. */
  #readAt = -Infinity;
  /** The connection on which they were read. */
  #client: OpenFlowClient | undefined;
  /** Names of the owner's ports that this agent has taken out of flooding. The owner may remove the notes. */
  #changed = new Set<string>();

  constructor(options: FloodingOptions) {
    this.#options = options;
  }

  dueAt(): number {
    return this.#inUse().length > 0 ? this.#readAt + FLOOD_CHECK_INTERVAL : Infinity;
  }

  /** Takes the ports in use out of flooding, if the flags are to be read. To be called before flows send into them. */
  async stop(client: OpenFlowClient): Promise<void> {
    if (client !== this.#client) this.#begin(client);
    const inUse = this.#inUse();
    const known = inUse.every((port) => this.#stopped.has(keyOf(port.name, port.ofport!)));
    if (known && this.#options.now() < this.dueAt()) return;
    this.#readAt = this.#options.now();
    this.#stopped.clear(); // if the read fails, nothing is known
    await this.#ifPossible(() => this.#stop(client, inUse));
  }

  /** Lets the owner's ports that are no longer in use flood again. To be called when no flow sends into them. */
  async release(client: OpenFlowClient): Promise<void> {
    const released = this.#released();
    if (released.length === 0) return;
    this.#stopped.clear();
    await this.#ifPossible(async () => {
      await releaseFlooding(client, released, this.#options);
      for (const port of released) {
        this.#changed.delete(port);
        this.#options.log.info("Flooding restored", { port });
      }
    });
  }

  /** Forgets what was read on an earlier connection: the switch may be another one now. */
  #begin(client: OpenFlowClient): void {
    this.#client = client;
    this.#stopped.clear();
    this.#options.model.setFloodingUnstoppable(false);
  }

  /** Makes the change if the bridge allows OpenFlow 1.0, the only version with the flag: 1.0.0 section 5.2.1. */
  async #ifPossible(change: () => Promise<void>): Promise<void> {
    const { model, log } = this.#options;
    if (model.redirects.floodingUnstoppable) return;
    try {
      await change();
    } catch (error) {
      if (!(error instanceof ProtocolMissingError)) throw error;
      // Ports that Sluice made still get no packets from NORMAL: see OUT_OF_FORWARDING.
      model.setFloodingUnstoppable(true);
      log.warning("Flooding not stopped", { reason: error.message });
    }
  }

  #inUse(): readonly BridgePort[] {
    return this.#options.model.wanted.readyPorts();
  }

  /** Names of the owner's ports that are no longer in use. A pair that drains is still in use. */
  #released(): string[] {
    const { model, ovsdb, bridge } = this.#options;
    const noted = new Set([...floodChanges(ovsdb, bridge), ...this.#changed]);
    if (noted.size === 0) return [];
    const kept = model.datapath.portsInUse().union(new Set(this.#inUse().map(({ name }) => name)));
    return [...noted.difference(kept)];
  }

  async #stop(client: OpenFlowClient, inUse: readonly BridgePort[]): Promise<void> {
    const described = await readFloodConfig(client.address);
    const ports = new Map(inUse.map((port) => [keyOf(port.name, port.ofport!), port]));
    const there = described.filter(({ name, number }) => ports.has(keyOf(name, number)));
    const flooding = there.filter(({ config }) => !config.has("NO_FLOOD"));
    const foreign = flooding.filter((port) => !ports.get(keyOf(port.name, port.number))!.ours);
    await this.#note(foreign, inUse);
    if (flooding.length > 0) {
      await setNoFlood(client.address, flooding.map((port) => toMod(port, true)));
    }
    for (const { name } of flooding) this.#options.log.info("Flooding stopped", { port: name });
    this.#stopped = new Set(there.map(({ name, number }) => keyOf(name, number)));
  }

  /** Writes the notes before the flags change: if the agent is killed in between, the next one restores the port. */
  async #note(
    foreign: readonly PortDescription[],
    inUse: readonly BridgePort[],
  ): Promise<void> {
    const { ovsdb, bridge } = this.#options;
    const noted = new Set(floodChanges(ovsdb, bridge));
    for (const { name } of foreign) this.#changed.add(name);
    // The owner may have replaced `external_ids` and with it earlier notes: those are written again.
    const names = inUse.map(({ name }) => name)
      .filter((name) => this.#changed.has(name) && !noted.has(name));
    if (names.length > 0) await ovsdb.commit(names.map((name) => noteFloodChange(bridge, name)));
  }
}

/** Both are needed: another port may have got the number since. */
const keyOf = (name: string, number: number) => `${name} ${number}`;
