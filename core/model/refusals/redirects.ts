/** Why redirects cannot be realized: all on this bridge, or those through certain ports. @module */
import type { BridgePort } from "../ports/bridge_ports.ts";
import { type Condition, condition, isSame } from "../../contracts/condition.ts";
import type { Control } from "../../objects/types.ts";
import { OUT_OF_SPANNING_TREE } from "../../base/marks.ts";
import { pairsOf } from "../pods/treatments.ts";

export class RedirectRefusals {
  #always: Condition | undefined;
  #flooding: Condition | undefined;
  #floodingUnstoppable = false;
  readonly #portNamed: (name: string) => BridgePort | undefined;

  constructor(portNamed: (name: string) => BridgePort | undefined) {
    this.#portNamed = portNamed;
  }

  /**
   * Takes what the owner's flows mean for redirects.
   *
   * @param always Why no redirect can be realized on the bridge; nothing if redirects are possible.
   * @param flooding Why none can be while the bridge floods packets into the ports of pairs; nothing if it can.
   * @returns Whether the answers of `refusal` may have changed.
   */
  observe(always: Condition | undefined, flooding: Condition | undefined): boolean {
    if (isSame(always, this.#always) && isSame(flooding, this.#flooding)) return false;
    [this.#always, this.#flooding] = [always, flooding];
    return true;
  }

  /** Whether the owner's flows are a reason to refuse redirects. */
  get some(): boolean {
    return this.#always !== undefined || this.#flooding !== undefined;
  }

  /** Whether Sluice cannot take ports out of the bridge's flooding. */
  get floodingUnstoppable(): boolean {
    return this.#floodingUnstoppable;
  }
  /** @returns Whether the answers of `refusal` may have changed. */
  setFloodingUnstoppable(unstoppable: boolean): boolean {
    if (unstoppable === this.#floodingUnstoppable) return false;
    this.#floodingUnstoppable = unstoppable;
    return true;
  }

  /** Why the redirect of a TrafficControl cannot be realized; nothing if it can, or if there is none. */
  refusal({ treatment, ports }: Control): Condition | undefined {
    if (pairsOf(treatment).length === 0) return undefined;
    return this.refusalThrough(ports.map(({ spec }) => spec.name));
  }

  /** Why no redirect through these ports can be realized. @param ports Names of the ports of a pair. */
  refusalThrough(ports: readonly string[]): Condition | undefined {
    const spanned = ports.find((name) => this.#portNamed(name)?.inSpanningTree);
    if (spanned !== undefined) return blockedBySpanningTree(spanned);
    if (this.#always || !this.#floodingUnstoppable) return this.#always;
    if (this.#flooding) return this.#flooding;
    const foreign = ports.find((name) => this.#portNamed(name)?.ours === false);
    return foreign === undefined ? undefined : floodedInto(foreign);
  }
}

/**
 * A port that Sluice did not make gets flooded packets, and a sensor would send them back for ever. Sluice's own ports
 * get none: their rows in OVSDB keep NORMAL out of them.
 */
function floodedInto(port: string): Condition {
  const message =
    `The bridge floods into port "${port}", which is not ours, and does not allow OpenFlow 1.0, by ` +
    "which alone that is stopped";
  return condition(
    "ProtocolMissing",
    message,
    "add OpenFlow10 to its protocols, or name a new port",
  );
}

/** To a spanning tree the two ports of a pair are a loop. The rows of Sluice's own ports keep them out of it. */
function blockedBySpanningTree(port: string): Condition {
  const cure = `run "ovs-vsctl set port ${port} ${
    Object.entries(OUT_OF_SPANNING_TREE).map(([key, value]) => `other_config:${key}=${value}`)
      .join(" ")
  }"`;
  return condition(
    "SpanningTree",
    `The bridge has a spanning tree with port "${port}", which is not ours, and would block a port of the pair`,
    cure,
  );
}
