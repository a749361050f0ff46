/** Which ports should be on the bridge and which of them are ready, judged again when something about them changed. @module */
import type { Condition } from "../../contracts/condition.ts";
import type { Control, PortClaim } from "../../objects/types.ts";
import type { BridgePort } from "./bridge_ports.ts";
import type { FarEndRow } from "./far_end.ts";
import { judgePort, type PortVerdict } from "./verdict.ts";
import type { Surroundings } from "./surroundings.ts";

export interface JudgedPort {
  readonly claim: PortClaim;
  readonly verdict: PortVerdict;
}

export class WantedPorts {
  readonly usage = new PortUsage();
  readonly #verdicts = new Map<string, PortVerdict>();
  /** Names of ports on the bridge that carry our mark. */
  readonly #ours = new Set<string>();
  /** By the names of our ports; also of ports that are gone. */
  readonly #farEnds = new Map<string, FarEndRow>();
  #dirty = new Set<string>();
  readonly #surroundings: Surroundings;

  constructor(surroundings: Omit<Surroundings, "farEnd">) {
    this.#surroundings = { ...surroundings, farEnd: (name) => this.farEnd(name) };
  }

  setOurs(name: string, ours: boolean): void {
    if (ours) this.#ours.add(name);
    else this.#ours.delete(name);
  }

  /** @param row Nothing when it went away. */
  setFarEnd(name: string, row: FarEndRow | undefined): void {
    if (row) this.#farEnds.set(name, row);
    else this.#farEnds.delete(name);
    this.touch(name);
  }
  farEnd(name: string): FarEndRow | undefined {
    return this.#farEnds.get(name);
  }

  /** Something about it may be different. */
  touch(name: string): void {
    this.#dirty.add(name);
  }

  touchAll(): void {
    for (const name of this.#verdicts.keys()) this.touch(name);
  }

  /** What is refused or warned of may depend on what nobody tells us: an address, another's tunnel, an MTU. */
  touchDoubtful(): void {
    for (const [name, verdict] of this.#verdicts) {
      const warned = verdict.state === "ready" && verdict.conditions.length > 0;
      if (warned || verdict.state === "refused") this.touch(name);
    }
  }

  /** Whether the port should be on the bridge. */
  isWanted(name: string): boolean {
    return this.usage.wanted(name, this.#ours.has(name)) !== undefined;
  }

  /**
   * Judges the ports about which something may be new since the last time.
   *
   * @returns The verdicts on those that should be on the bridge, and the TrafficControls of each port that became
   * ready or ceased to be.
   */
  judge(): { readonly judged: Map<string, JudgedPort>; readonly changed: ReadonlySet<string> } {
    const judged = new Map<string, JudgedPort>();
    const changed = new Set<string>();
    for (const name of this.#dirty) {
      const claim = this.usage.wanted(name, this.#ours.has(name));
      const verdict = claim &&
        judgePort({ ...claim.spec, overhead: claim.overhead }, this.#surroundings);
      for (const control of this.#judged(name, verdict)) changed.add(control);
      if (claim && verdict) judged.set(name, { claim, verdict });
    }
    this.#dirty.clear();
    return { judged, changed };
  }

  /** Open vSwitch could not make the port. @returns The TrafficControls of the port, if it was ready before. */
  refuse(name: string, reason: Condition): readonly string[] {
    return this.#judged(name, { state: "wait", condition: reason });
  }

  #judged(name: string, verdict: PortVerdict | undefined): readonly string[] {
    const before = this.#verdicts.get(name);
    if (verdict) this.#verdicts.set(name, verdict);
    else this.#verdicts.delete(name);
    if ((before?.state === "ready") === (verdict?.state === "ready")) return [];
    return [...this.usage.controls(name)];
  }

  verdict(name: string): PortVerdict | undefined {
    return this.#verdicts.get(name);
  }

  isReady(name: string): boolean {
    return this.verdict(name)?.state === "ready";
  }

  /** Ports that flows may send into: claimed, on the bridge and fit for it. */
  readyPorts(): BridgePort[] {
    return [...this.usage.names()].map((name) => this.verdict(name))
      .filter((verdict) => verdict?.state === "ready").map(({ port }) => port);
  }

  /**
   * Names of Sluice's own ports that no TrafficControl needs any more. Either the port itself is still on the bridge,
   * or only its far end is still on another bridge.
   *
   * @param inUse Names of ports that flows still send to.
   */
  leftovers(inUse: ReadonlySet<string>): string[] {
    const there = this.#ours.union(new Set(this.#farEnds.keys()));
    return [...there].filter((name) => !inUse.has(name) && !this.usage.wanted(name, true));
  }
}

interface Usage {
  readonly claims: Map<string, PortClaim>;
  /** Controls that have a selected Pod on this node. */
  readonly active: Set<string>;
}

/** Only controls that may have their ports are told to it. */
export class PortUsage {
  #ports = new Map<string, Usage>();

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
  wanted(port: string, exists: boolean): PortClaim | undefined {
    const usage = this.#ports.get(port);
    const claim: PortClaim | undefined = usage?.claims.values().next().value;
    if (!usage || !claim) return undefined;
    return usage.active.size > 0 || (claim.lifetime === "named" && exists) ? claim : undefined;
  }
}
