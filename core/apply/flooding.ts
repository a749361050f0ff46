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
  FloodClient,
  type OpenFlowClient,
  type PortDescription,
  ProtocolMissingError,
} from "../openflow/mod.ts";
import { bridgeView, type OvsdbSession } from "../ovsdb/mod.ts";
import { forgetFloodChange, notedFloodChanges, noteFloodChange } from "./bridge_operations.ts";

/**
 * Least time between two connections while nothing is to be changed, in milliseconds. While there is none, Sluice does
 * not hear that a port takes part in flooding again.
 */
export const RECONNECT_INTERVAL = 500;

export interface FloodingOptions {
  readonly bridge: string;
  readonly model: Model;
  readonly ovsdb: Pick<OvsdbSession, "cache" | "commit">;
  readonly log: Log;
  /** Has another round begin: another controller has put a port back, or the connection has ended. */
  readonly wake: () => void;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** Names of the owner's ports that Sluice has taken out of flooding, as the notes in the bridge's row say. */
export function floodChanges({ cache }: Pick<OvsdbSession, "cache">, bridge: string): string[] {
  return notedFloodChanges(bridgeView(cache, bridge)?.row.external_ids ?? {});
}

/** Lets these ports take part in flooding again, and removes the notes about them. @param ports Their names. */
export async function releaseFlooding(
  client: FloodClient,
  ports: readonly string[],
  { ovsdb, bridge }: Pick<FloodingOptions, "ovsdb" | "bridge">,
): Promise<void> {
  const stopped = [...client.ports.values()].filter((port) =>
    ports.includes(port.name) && !floods(port)
  );
  if (stopped.length > 0) await client.setNoFlood(stopped, false);
  await ovsdb.commit(ports.map((name) => forgetFloodChange(bridge, name)));
}

const floods = ({ config }: PortDescription) => !config.has("NO_FLOOD");

/** The connection over OpenFlow 1.0. It is there while ports are in use, so that nothing need be asked. */
interface Link {
  readonly client: FloodClient;
  /** When it was made, in milliseconds. */
  readonly since: number;
  isOpen: boolean;
}

export class Flooding implements Waiter, AsyncDisposable {
  readonly #options: FloodingOptions;
  /** The connection; or the one that has ended, with what was known of ports then. */
  #link: Link | undefined;
  /** The reconciler's connection to the same switch. */
  #client: OpenFlowClient | undefined;
  /** Names of the owner's ports that this agent has taken out of flooding. The owner may remove the notes. */
  #changed = new Set<string>();

  constructor(options: FloodingOptions) {
    this.#options = options;
  }

  /** When a connection that has ended is made again. */
  dueAt(): number {
    if (!this.#link || this.#link.isOpen || this.#inUse().length === 0) return Infinity;
    return this.#link.since + RECONNECT_INTERVAL;
  }

  /** Takes the ports in use out of flooding. To be called before flows send into them. */
  async stop(client: OpenFlowClient): Promise<void> {
    if (client !== this.#client) await this.#begin(client);
    const inUse = this.#inUse();
    if (inUse.length === 0) return;
    await this.#note(inUse);
    const isStopped = inUse.every((port) => this.#described(port)?.config.has("NO_FLOOD"));
    if (isStopped && this.#options.now() < this.dueAt()) return;
    await this.#ifPossible(() => this.#stop(client, inUse));
  }

  /** Lets the owner's ports that are no longer in use flood again. To be called when no flow sends into them. */
  async release(client: OpenFlowClient): Promise<void> {
    const released = this.#released();
    if (released.length > 0) await this.#ifPossible(() => this.#release(client, released));
    if (this.#inUse().length === 0) await this.#end();
  }

  async #release(client: OpenFlowClient, ports: readonly string[]): Promise<void> {
    await releaseFlooding(await this.#connected(client), ports, this.#options);
    for (const port of ports) {
      this.#changed.delete(port);
      this.#options.log.info("Flooding restored", { port });
    }
  }

  /** Forgets what was read on an earlier connection: the switch may be another one now. */
  async #begin(client: OpenFlowClient): Promise<void> {
    await this.#end();
    this.#client = client;
    this.#options.model.setFloodingUnstoppable(false);
  }

  async #end(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    await link?.client[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }

  async #connected({ address }: OpenFlowClient): Promise<FloodClient> {
    if (this.#link?.isOpen) return this.#link.client;
    const onPort = (port: PortDescription) => this.#hears(port);
    const client = await FloodClient.connect(address, { onPort });
    const link: Link = { client, since: this.#options.now(), isOpen: true };
    this.#link = link;
    void client.closed.then(() => {
      link.isOpen = false;
      if (link === this.#link) this.#options.wake();
    });
    return client;
  }

  #hears(port: PortDescription): void {
    if (floods(port) && this.#inUse().some(({ name }) => name === port.name)) this.#options.wake();
  }

  /** Nothing if the switch has not told of the port, or another port had its number then. */
  #described({ name, ofport }: BridgePort): PortDescription | undefined {
    const described = this.#link?.client.ports.get(ofport!);
    return described?.name === name ? described : undefined;
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
    const link = await this.#connected(client);
    if (!inUse.every((port) => this.#described(port))) await link.read();
    const flooding = inUse.flatMap((port) => this.#described(port) ?? []).filter(floods);
    if (flooding.length === 0) return;
    const names = new Set(flooding.map(({ name }) => name));
    for (const { name, ours } of inUse) if (!ours && names.has(name)) this.#changed.add(name);
    await this.#note(inUse); // before: if the agent is killed in between, the next one restores the port
    await link.setNoFlood(flooding, true);
    for (const name of names) this.#options.log.info("Flooding stopped", { port: name });
  }

  /** Writes notes of the owner's ports that are missing: the owner may have replaced `external_ids`. */
  async #note(inUse: readonly BridgePort[]): Promise<void> {
    if (this.#changed.size === 0) return;
    const { ovsdb, bridge } = this.#options;
    const noted = new Set(floodChanges(ovsdb, bridge));
    const names = inUse.map(({ name }) => name)
      .filter((name) => this.#changed.has(name) && !noted.has(name));
    if (names.length > 0) await ovsdb.commit(names.map((name) => noteFloodChange(bridge, name)));
  }
}
