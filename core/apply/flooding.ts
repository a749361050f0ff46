/**
 * Keeps ports in use out of the bridge's flooding, and gives other people's ports back as they were. Without it a
 * broadcast that came home from a pair would go into the pair again, for ever.
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

/** Nobody tells when the flag is taken away, so the switch is asked so often, in milliseconds. */
export const FLOOD_CHECK_INTERVAL = 500;

export interface FloodingOptions {
  readonly bridge: string;
  readonly model: Model;
  readonly ovsdb: Pick<OvsdbSession, "cache" | "commit">;
  readonly log: Log;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** Names of other people's ports whose flooding we stopped; the bridge's row remembers it over restarts. */
export function floodChanges({ cache }: Pick<OvsdbSession, "cache">, bridge: string): string[] {
  return notedFloodChanges(bridgeView(cache, bridge)?.row.external_ids ?? {});
}

/** Lets these ports flood again, as they did before us. */
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
  /** Names and numbers of ports that had the flag when the switch was asked last. */
  #stopped = new Set<string>();
  #readAt = -Infinity;
  /** The connection that this is about. */
  #client: OpenFlowClient | undefined;
  /** Names of other people's ports that we changed, whatever becomes of the notes. */
  #changed = new Set<string>();

  constructor(options: FloodingOptions) {
    this.#options = options;
  }

  dueAt(): number {
    return this.#inUse().length > 0 ? this.#readAt + FLOOD_CHECK_INTERVAL : Infinity;
  }

  /** Before flows send into the ports in use. */
  async stop(client: OpenFlowClient): Promise<void> {
    if (client !== this.#client) this.#begin(client);
    const inUse = this.#inUse();
    const known = inUse.every((port) => this.#stopped.has(keyOf(port.name, port.ofport!)));
    if (known && this.#options.now() < this.dueAt()) return;
    this.#readAt = this.#options.now();
    this.#stopped.clear(); // until it is known again
    await this.#ifPossible(() => this.#stop(client, inUse));
  }

  /** After flows have ceased to send into other people's ports. */
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

  /** Of an earlier connection nothing is known any more: the switch may be another one. */
  #begin(client: OpenFlowClient): void {
    this.#client = client;
    this.#stopped.clear();
    this.#options.model.setFloodingUnstoppable(false);
  }

  /** The flag exists in OpenFlow 1.0 alone. */
  async #ifPossible(change: () => Promise<void>): Promise<void> {
    const { model, log } = this.#options;
    if (model.redirects.floodingUnstoppable) return;
    try {
      await change();
    } catch (error) {
      if (!(error instanceof ProtocolMissingError)) throw error;
      // VLAN 4095 and `protected` keep NORMAL out of our ports all the same.
      model.setFloodingUnstoppable(true);
      log.warning("Flooding not stopped", { reason: error.message });
    }
  }

  #inUse(): BridgePort[] {
    return this.#options.model.wanted.readyPorts();
  }

  /** A pair that drains is still in use. */
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

  /** Before the change: an agent that is killed in between leaves no port changed for ever. */
  async #note(
    foreign: readonly PortDescription[],
    inUse: readonly BridgePort[],
  ): Promise<void> {
    const { ovsdb, bridge } = this.#options;
    const noted = new Set(floodChanges(ovsdb, bridge));
    for (const { name } of foreign) this.#changed.add(name);
    // The row is the owner's: he may have written over a note.
    const names = inUse.map(({ name }) => name)
      .filter((name) => this.#changed.has(name) && !noted.has(name));
    if (names.length > 0) await ovsdb.commit(names.map((name) => noteFloodChange(bridge, name)));
  }
}

/** A number may have become another port's. */
const keyOf = (name: string, number: number) => `${name} ${number}`;
