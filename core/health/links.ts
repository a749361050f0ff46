/** Whether ports have a link, as the switch tells it. @module */
import type { PortDescription, PortStatus } from "../openflow/mod.ts";

const hasLink = ({ state }: PortDescription) => state.has("LIVE");

/**
 * Only the loss of a link counts. A new port says at first that it has none, and an internal port in another network
 * namespace says so for ever.
 */
export class Links {
  readonly #live = new Map<number, boolean>();

  /** What the switch says of all ports. */
  begin(ports: readonly PortDescription[]): void {
    for (const port of ports) this.#live.set(port.number, hasLink(port));
  }

  /** Takes news of a port. @returns Whether it has lost its link. */
  take({ reason, port }: PortStatus): boolean {
    const had = this.#live.get(port.number) ?? false;
    const has = reason !== "delete" && hasLink(port);
    if (reason === "delete") this.#live.delete(port.number);
    else this.#live.set(port.number, has);
    return had && !has;
  }
}
