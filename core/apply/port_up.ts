/** Ports of ours that packets are to go into are up: a new internal port is not. @module */
import { delay } from "../base/backoff.ts";
import type { BridgePort } from "../model/ports/bridge_ports.ts";
import type { Log } from "../base/log.ts";
import type { Model } from "../model/model.ts";
import type { OpenFlowClient, PortDescription, PortMod } from "../openflow/mod.ts";

/** Milliseconds: a port that was moved to another namespace never reads as up. */
const UP_TIMEOUT = 1000;
/** Milliseconds between commands to come up. */
const UP_INTERVAL = 5;

/** Not persistent: looked at after every connect. */
export class PortUp {
  readonly #model: Model;
  readonly #log: Log;
  #described = new Map<number, PortDescription>();
  /** Rows of ports; one that was moved to another namespace reads as down for ever. */
  #broughtUp = new Set<string>();

  constructor(model: Model, log: Log) {
    this.#model = model;
    this.#log = log;
  }

  /** What the switch says of its ports: all of them, after a connect. */
  observe(ports: readonly PortDescription[]): void {
    this.#described = new Map(ports.map((port) => [port.number, port]));
  }

  /** A port has changed: what is known of it may be wrong. */
  forget(number: number): void {
    this.#described.delete(number);
  }

  /** Brings up every port in use that is down. */
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

  /** A number may have become another port's. */
  #description({ name, ofport }: BridgePort): PortDescription | undefined {
    const described = this.#described.get(ofport!);
    return described?.name === name ? described : undefined;
  }
  /** A new port is down, which the switch does not show in its configuration at first. */
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
   * The switch ignores the command as long as it has not noticed that a new device is down: so it is repeated until
   * OVSDB shows the link up. Flows must not send into it before.
   */
  async #command(client: OpenFlowClient, ports: readonly BridgePort[]): Promise<void> {
    const deadline = performance.now() + UP_TIMEOUT;
    let down = ports;
    while (down.length > 0 && performance.now() < deadline) {
      for (const mod of this.#mods(down, { PORT_DOWN: false })) await client.modifyPort(mod);
      await delay(UP_INTERVAL);
      down = down.filter(({ name }) => this.#model.ports.named(name)?.linkUp !== true);
    }
    for (const { interfaceUUID } of ports) this.#broughtUp.add(interfaceUUID);
  }
}
