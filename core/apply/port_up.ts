/**
 * Sees to it that packets can pass the ports in use: brings up Sluice's internal ports, which are down at first, and clears
 * flags of Sluice's ports by which another program has stopped them. What it finds at the owner's ports it only tells.
 * @module
 */
import { LIMITS } from "../base/limits.ts";
import { delay } from "../base/timer.ts";
import type { BridgePort } from "../model/ports/bridge_ports.ts";
import type { Log } from "../base/log.ts";
import type { Model } from "../model/model.ts";
import type { OpenFlowClient, PortDescription, PortMod, PortStatus } from "../openflow/mod.ts";

/** Milliseconds between two commands to the same port. */
const UP_INTERVAL = 5;
/** A change that lets packets pass a port again which `ovs-ofctl mod-port` has stopped: ovs-ofctl(8). */
const PASSING = { NO_RECV: false, NO_FWD: false } as const;

const isStopped = ({ config }: PortDescription) => config.has("NO_RECV") || config.has("NO_FWD");

/** Names of the ports that the switch sends no packets to, or takes none from. */
export function stoppedPorts(ports: Iterable<PortDescription>): Set<string> {
  return new Set([...ports].filter(isStopped).map(({ name }) => name));
}

export interface PortUpOptions {
  readonly model: Model;
  readonly log: Log;
  /** Has another round begin, in which ports are judged again. */
  readonly wake: () => void;
}

/** Keeps its knowledge in memory only: after a restart the agent looks at every port again. */
export class PortUp {
  readonly #options: PortUpOptions;
  /** By port number. */
  #described = new Map<number, PortDescription>();
  /** What the switch has told since the round began: a read that is under way then may give what was before. */
  #told = new Map<number, PortStatus>();
  /** The ports in use that packets could pass when they were looked at last; nothing if something was heard since. */
  #passing: readonly BridgePort[] | undefined;
  /** UUIDs of the Interface rows that were brought up. It is done once: see `LIMITS.portUp`. */
  #broughtUp = new Set<string>();

  constructor(options: PortUpOptions) {
    this.#options = options;
  }

  /** To be called when a round begins: all that is read from now on is newer than what the switch has told before. */
  begin(): void {
    this.#told.clear();
  }

  /** Takes the switch's description of all its ports. */
  observe(ports: readonly PortDescription[]): void {
    this.#described = new Map(ports.map((port) => [port.number, port]));
    for (const status of this.#told.values()) this.#take(status);
    this.#passing = undefined;
  }

  /** Takes the news of one port. */
  hears(status: PortStatus): void {
    this.#told.set(status.port.number, status);
    this.#take(status);
    this.#passing = undefined;
  }

  #take({ reason, port }: PortStatus): void {
    if (reason === "delete") this.#described.delete(port.number);
    else this.#described.set(port.number, port);
  }

  /**
   * Lets packets pass every port in use. It waits until ports that were down are up, but not longer than `LIMITS.portUp`.
   */
  async bringUp(client: OpenFlowClient): Promise<void> {
    if (this.#inUse() === this.#passing) return;
    if (!this.#arePassing()) await this.#mend(client);
    const { model, wake } = this.#options;
    if (model.wanted.setStopped(stoppedPorts(this.#described.values()))) wake();
    this.#passing = this.#arePassing() ? this.#inUse() : undefined;
  }

  async #mend(client: OpenFlowClient): Promise<void> {
    this.observe(await client.portDescriptions());
    const stopped = this.#inUse().filter((port) => this.#isStopped(port));
    const down = this.#inUse().filter((port) => this.#isDown(port));
    if (stopped.length + down.length === 0) return;
    for (const mod of this.#mods(stopped, PASSING)) await client.modifyPort(mod);
    for (const { name, ofport } of stopped) {
      this.#options.log.warning("Port was stopped and passes packets again", {
        port: name,
        ofport,
      });
    }
    if (down.length > 0) await this.#command(client, down);
    this.observe(await client.portDescriptions());
    // One that was moved to another network namespace may stay down for the switch.
    for (const { name, ofport } of down.filter((port) => !this.#isDown(port))) {
      this.#options.log.info("Port is up", { port: name, ofport });
    }
  }

  #inUse(): readonly BridgePort[] {
    return this.#options.model.wanted.readyPorts();
  }
  #arePassing(): boolean {
    return this.#inUse().every((port) => this.#isRight(port));
  }

  /** Nothing if the switch has not described the port, or another port had its number then. */
  #description({ name, ofport }: BridgePort): PortDescription | undefined {
    const described = this.#described.get(ofport!);
    return described?.name === name ? described : undefined;
  }
  /** A new port is down although the switch does not have PORT_DOWN in its configuration at first. */
  #isDown(port: BridgePort): boolean {
    if (!port.ours || port.type !== "internal") return false;
    const unseen = port.linkUp !== true && !this.#broughtUp.has(port.interfaceUUID);
    return unseen || (this.#description(port)?.config.has("PORT_DOWN") ?? false);
  }
  #isStopped(port: BridgePort): boolean {
    const described = this.#description(port);
    return port.ours && described !== undefined && isStopped(described);
  }
  #isRight(port: BridgePort): boolean {
    return this.#description(port) !== undefined && !this.#isDown(port) && !this.#isStopped(port);
  }

  #mods(ports: readonly BridgePort[], config: PortMod["config"]): PortMod[] {
    return ports.map((port) => this.#description(port))
      .filter((described) => described !== undefined)
      .map(({ number, hardwareAddress }) => ({ number, hardwareAddress, config }));
  }

  /**
   * Sends the command until OVSDB shows that the link is up: the switch ignores the command as long as it has not
   * noticed that a new device is down. Flows must not send into the port before.
   */
  async #command(client: OpenFlowClient, ports: readonly BridgePort[]): Promise<void> {
    const deadline = performance.now() + LIMITS.portUp;
    let down = ports;
    while (down.length > 0 && performance.now() < deadline) {
      for (const mod of this.#mods(down, { PORT_DOWN: false })) await client.modifyPort(mod);
      await delay(UP_INTERVAL);
      down = down.filter(({ name }) => this.#options.model.ports.named(name)?.linkUp !== true);
    }
    for (const { interfaceUUID } of ports) this.#broughtUp.add(interfaceUUID);
  }
}
