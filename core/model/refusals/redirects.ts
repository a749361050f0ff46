/** Why redirects cannot be: on this bridge at all, or through some ports. @module */
import type { BridgePort } from "../ports/bridge_ports.ts";
import { type Condition, condition, isSame } from "../../contracts/condition.ts";
import type { Control } from "../../objects/types.ts";
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
   * What the owner's flows say.
   *
   * @param always Why the bridge bears no redirect at all; nothing when it does.
   * @param flooding The same where ports cannot be taken out of flooding.
   * @returns Whether what `of` says may be something else now.
   */
  observe(always: Condition | undefined, flooding: Condition | undefined): boolean {
    if (isSame(always, this.#always) && isSame(flooding, this.#flooding)) return false;
    [this.#always, this.#flooding] = [always, flooding];
    return true;
  }

  /** Whether there are any, of whatever control. */
  get some(): boolean {
    return this.#always !== undefined || this.#flooding !== undefined;
  }

  /** The bridge does not let us take ports out of its flooding. */
  get floodingUnstoppable(): boolean {
    return this.#floodingUnstoppable;
  }
  /** @returns Whether what `of` says may be something else now. */
  setFloodingUnstoppable(unstoppable: boolean): boolean {
    if (unstoppable === this.#floodingUnstoppable) return false;
    this.#floodingUnstoppable = unstoppable;
    return true;
  }

  of({ treatment, ports }: Control): Condition | undefined {
    if (pairsOf(treatment).length === 0) return undefined;
    return this.through(ports.map(({ spec }) => spec.name));
  }

  /** @param ports Names of a pair's. */
  through(ports: readonly string[]): Condition | undefined {
    if (this.#always || !this.#floodingUnstoppable) return this.#always;
    if (this.#flooding) return this.#flooding;
    const foreign = ports.find((name) => this.#portNamed(name)?.ours === false);
    return foreign === undefined ? undefined : floodedInto(foreign);
  }
}

/** Of our own ports the rows keep NORMAL out; a foreign one would get its own broadcasts again, for ever. */
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
