/** OpenFlow configuration of the ports in use: no flooding into them, and ours are up. @module */
import type { BridgePort } from "./bridge_ports.ts";
import type { Log } from "./log.ts";
import type { Model } from "./model.ts";
import type { OpenFlowClient, PortDescription } from "./openflow/mod.ts";

/** Not persistent: lost with ovs-vswitchd, so it is looked at after every connect. */
export class PortConfigurer {
  readonly #model: Model;
  readonly #log: Log;
  #described = new Map<number, PortDescription>();

  constructor(model: Model, log: Log) {
    this.#model = model;
    this.#log = log;
  }

  /** What the switch says of its ports: all of them, after a connect. */
  observe(ports: readonly PortDescription[]): void {
    this.#described = new Map(ports.map((port) => [port.number, port]));
  }

  /** What the switch says of one port when it changes, or that it is gone. */
  observeOne(port: PortDescription, gone: boolean): void {
    if (gone) this.#described.delete(port.number);
    else this.#described.set(port.number, port);
  }

  async configure(client: OpenFlowClient): Promise<void> {
    const wrong = this.#inUse().filter((port) => !this.#isRight(port));
    if (wrong.length === 0) return;
    this.observe(await client.portDescriptions());
    for (const port of wrong) await this.#mend(client, port);
  }

  #inUse(): BridgePort[] {
    return [...this.#model.usage.names()]
      .map((name) => this.#model.verdict(name))
      .filter((verdict) => verdict?.state === "ready")
      .map((verdict) => verdict.port);
  }

  #isRight({ ofport, ours, type }: BridgePort): boolean {
    const config = this.#described.get(ofport!)?.config;
    if (!config?.has("NO_FLOOD")) return false;
    return !(ours && type === "internal" && config.has("PORT_DOWN"));
  }

  async #mend(client: OpenFlowClient, port: BridgePort): Promise<void> {
    const described = this.#described.get(port.ofport!);
    if (!described || this.#isRight(port)) return;
    const up = port.ours && port.type === "internal";
    await client.modifyPort({
      number: described.number,
      hardwareAddress: described.hardwareAddress,
      config: { NO_FLOOD: true, ...(up && { PORT_DOWN: false }) },
    });
    const config = new Set([...described.config, "NO_FLOOD" as const]);
    if (up) config.delete("PORT_DOWN");
    this.#described.set(described.number, { ...described, config });
    this.#log.info("Port configured", { port: port.name, ofport: described.number });
  }
}
