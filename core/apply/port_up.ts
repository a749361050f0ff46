/**
 * Brings up Sluice's internal ports. A new internal port is down, and no packet passes a port that is down.
 * @module
 */
import { LIMITS } from "../base/limits.ts";
import { delay } from "../base/timer.ts";
import type { BridgePort } from "../model/ports/bridge_ports.ts";
import type { Log } from "../base/log.ts";
import type { Model } from "../model/model.ts";
import type { OpenFlowClient, PortDescription, PortMod } from "../openflow/mod.ts";

/** Milliseconds between two commands to the same port. */
const UP_INTERVAL = 5;

/** Keeps its knowledge in memory only: after a restart the agent looks at every port again. */
export class PortUp {
  readonly #model: Model;
  readonly #log: Log;
  /** By port number. */
  #described = new Map<number, PortDescription>();
  /** UUIDs of the Interface rows that were brought up. It is done once: see `LIMITS.portUp`. */
  #broughtUp = new Set<string>();

  constructor(model: Model, log: Log) {
    this.#model = model;
    this.#log = log;
  }

  /** Takes the switch's description of all its ports. */
  observe(ports: readonly PortDescription[]): void {
    this.#described = new Map(ports.map((port) => [port.number, port]));
  }

  /** Forgets the description of a port, because the port has changed. */
  forget(number: number): void {
    this.#described.delete(number);
  }

  /** Brings up every port in use that is down, and waits until it is up, but not longer than `LIMITS.portUp`. */
  async bringUp(client: OpenFlowClient): Promise<void> {
    if (this.#inUse().every((port) => this.#isRight(port))) return;
    this.observe(await client.portDescriptions());
    const down = this.#inUse().filter((port) => this.#isDown(port));
    if (down.length === 0) return;
    await this.#command(client, down);
    for (const { name, ofport } of down) this.#log.info("Port is up", { port: name, ofport });
    this.observe(await client.portDescriptions());
  }

  #inUse(): BridgePort[] {
    return this.#model.wanted.readyPorts();
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
  #isRight(port: BridgePort): boolean {
    return this.#description(port) !== undefined && !this.#isDown(port);
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
      down = down.filter(({ name }) => this.#model.ports.named(name)?.linkUp !== true);
    }
    for (const { interfaceUUID } of ports) this.#broughtUp.add(interfaceUUID);
  }
}
