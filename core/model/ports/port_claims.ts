/** Which TrafficControls claim which port, and which of the claims is in effect. @module */
import type { Control, PortClaim } from "../../objects/types.ts";

interface ClaimedPort {
  /** By the names of the TrafficControls. */
  readonly claims: Map<string, PortClaim>;
  /** Names of those of them that select a Pod on this node. */
  readonly active: Set<string>;
}

/** The claims of TrafficControls on ports. The caller leaves out TrafficControls that are refused. */
export class PortClaims {
  #ports = new Map<string, ClaimedPort>();

  /** Names of the TrafficControls that claim the port. */
  controls(port: string): Iterable<string> {
    return this.#ports.get(port)?.claims.keys() ?? [];
  }

  /** @param active Whether the TrafficControl selects a Pod on this node. */
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
   * The claim by which a port should be on the bridge; nothing if it should not be there. A port is made for the first
   * selected Pod. A named port then stays as long as its TrafficControl, so that a sensor keeps its interface.
   *
   * @param exists Whether Sluice has made the port already.
   */
  effective(port: string, exists: boolean): PortClaim | undefined {
    const usage = this.#ports.get(port);
    const claim: PortClaim | undefined = usage?.claims.values().next().value;
    if (!usage || !claim) return undefined;
    return usage.active.size > 0 || (claim.lifetime === "named" && exists) ? claim : undefined;
  }
}
