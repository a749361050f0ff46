/** Which TrafficControls claim which port, and which claim is in effect. @module */
import type { Control, PortClaim } from "../../objects/types.ts";

interface ClaimedPort {
  readonly claims: Map<string, PortClaim>;
  /** Controls that have a selected Pod on this node. */
  readonly active: Set<string>;
}

/** Only controls that may have their ports are told to it. */
export class PortClaims {
  #ports = new Map<string, ClaimedPort>();

  /** Names of all ports that somebody claims. */
  names(): IterableIterator<string> {
    return this.#ports.keys();
  }

  controls(port: string): Iterable<string> {
    return this.#ports.get(port)?.claims.keys() ?? [];
  }

  set(control: Control, active: boolean): void {
    for (const claim of control.ports) {
      const { name } = claim.spec;
      const usage = this.#ports.get(name) ?? { claims: new Map(), active: new Set() };
      this.#ports.set(name, usage);
      usage.claims.set(control.name, claim);
      if (active) usage.active.add(control.name);
      else usage.active.delete(control.name);
    }
  }

  delete(control: Control): void {
    for (const { spec: { name } } of control.ports) {
      const usage = this.#ports.get(name);
      usage?.claims.delete(control.name);
      usage?.active.delete(control.name);
      if (usage?.claims.size === 0) this.#ports.delete(name);
    }
  }

  /**
   * The claim on a port that should be on the bridge. It is made for the first selected Pod; a
   * named port then stays as long as its TrafficControl, so that a sensor keeps its interface.
   *
   * @param exists Whether a port of ours is there already.
   */
  effective(port: string, exists: boolean): PortClaim | undefined {
    const usage = this.#ports.get(port);
    const claim: PortClaim | undefined = usage?.claims.values().next().value;
    if (!usage || !claim) return undefined;
    return usage.active.size > 0 || (claim.lifetime === "named" && exists) ? claim : undefined;
  }
}
