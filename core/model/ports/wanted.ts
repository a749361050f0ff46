/**
 * Which ports should be on the bridge, and which of them are ready. A port is judged again when something about it may
 * have changed.
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import type { Condition } from "../../contracts/condition.ts";
import type { PortSpec } from "../../contracts/mod.ts";
import type { PortClaim } from "../../objects/types.ts";
import type { BridgePort } from "./bridge_ports.ts";
import type { FarEndRow } from "./far_end.ts";
import { PortClaims } from "./port_claims.ts";
import {
  conditionsOf,
  judgeHindered,
  judgePort,
  type PortVerdict,
  type WantedPort,
} from "./verdict.ts";
import type { Surroundings } from "./surroundings.ts";

export interface JudgedPort {
  readonly claim: PortClaim;
  readonly verdict: PortVerdict;
  /** The port needs something that cannot be done now: see `Hindrance`. */
  readonly isHindered: boolean;
}

/** Says why what the port needs cannot be done now; nothing if it can. @param state Of the verdict on the port. */
export type Hindrance = (spec: PortSpec, state: PortVerdict["state"]) => Condition | undefined;

/** Names of TrafficControls that claim a port whose verdict has changed. */
export interface VerdictChanges {
  /** TrafficControls of ports that have become ready, or are not ready any more. */
  readonly readiness: Iterable<string>;
  /** TrafficControls of ports whose conditions have changed, so that they must be reported again. */
  readonly conditions: Iterable<string>;
}

export class WantedPorts {
  readonly claims = new PortClaims();
  readonly #verdicts = new Map<string, PortVerdict>();
  readonly #ready = new ReadyPorts();
  /** Names of the ports on the bridge that Sluice made. */
  readonly #ours = new Set<string>();
  /** Far ends that Sluice made, by the names of their ports; also those whose port is gone. */
  readonly #farEnds = new Map<string, FarEndRow>();
  /** Names of ports that the switch sends no packets to, or takes none from. */
  #stopped: ReadonlySet<string> = new Set();
  #dirty = new Set<string>();
  /** Names of Sluice's ports, and of those with a far end, that no TrafficControl needed when they were judged last. */
  readonly #unneeded = new Set<string>();
  readonly #surroundings: Surroundings;

  constructor(surroundings: Omit<Surroundings, "farEnd" | "isStopped">) {
    this.#surroundings = {
      ...surroundings,
      farEnd: (name) => this.farEnd(name),
      isStopped: (name) => this.#stopped.has(name),
    };
  }

  /** @param ours Whether Sluice made the port, and it is on the bridge. */
  setOurs(name: string, ours: boolean): void {
    if (ours) this.#ours.add(name);
    else this.#ours.delete(name);
  }

  /** @param name Name of the port. @param row Its far end; nothing if that is gone. */
  setFarEnd(name: string, row: FarEndRow | undefined): void {
    if (row) this.#farEnds.set(name, row);
    else this.#farEnds.delete(name);
    this.touch(name);
  }
  farEnd(name: string): FarEndRow | undefined {
    return this.#farEnds.get(name);
  }

  /** @param names Ports that the switch sends no packets to, or takes none from. @returns Whether others were before. */
  setStopped(names: ReadonlySet<string>): boolean {
    const differing = names.symmetricDifference(this.#stopped);
    this.#stopped = names;
    for (const name of differing) this.touch(name);
    return differing.size > 0;
  }

  /** Notes that something about the port may have changed: the next `judge` judges it again. */
  touch(name: string): void {
    this.#dirty.add(name);
  }

  touchAll(): void {
    for (const name of this.#verdicts.keys()) this.touch(name);
  }

  /**
   * Has all ports judged again that are refused or warned of. Their verdicts may depend on things whose changes are not
   * reported to Sluice: an address of the node, a tunnel of another bridge, an MTU.
   */
  touchDoubtful(): void {
    for (const [name, verdict] of this.#verdicts) {
      const warned = verdict.state === "ready" && verdict.conditions.length > 0;
      if (warned || verdict.state === "refused") this.touch(name);
    }
  }

  /** Whether the port should be on the bridge. */
  isWanted(name: string): boolean {
    return this.#claim(name) !== undefined;
  }

  /**
   * Judges the ports that may have changed since the last time.
   *
   * @returns `judged`: the verdicts on those that should be on the bridge. The other fields: what has changed by them.
   */
  judge(hindrance?: Hindrance): { readonly judged: Map<string, JudgedPort> } & VerdictChanges {
    const found = [...this.#dirty].map((name) => [name, this.#judge(name, hindrance)] as const);
    this.#dirty.clear(); // all at once: if a device cannot be read, nothing is judged
    const judged = new Map<string, JudgedPort>();
    const [readiness, conditions] = [new Set<string>(), new Set<string>()];
    for (const [name, port] of found) {
      const changes = this.#judged(name, port?.verdict);
      for (const control of changes.readiness) readiness.add(control);
      for (const control of changes.conditions) conditions.add(control);
      if (port) judged.set(name, port);
    }
    return { judged, readiness, conditions };
  }

  #judge(name: string, hindrance: Hindrance = () => undefined): JudgedPort | undefined {
    const claim = this.#claim(name);
    if (!claim) return undefined;
    const verdict = judgePort(wantedPort(claim), this.#surroundings);
    const condition = hindrance(claim.spec, verdict.state);
    if (!condition) return { claim, verdict, isHindered: false };
    const hindered = judgeHindered(wantedPort(claim), condition, this.#surroundings);
    return { claim, verdict: hindered, isHindered: true };
  }

  #claim(name: string): PortClaim | undefined {
    return this.claims.effective(name, this.#ours.has(name));
  }

  /** Notes that Open vSwitch could not make or change the port. @returns What has changed by that. */
  refuse(name: string, condition: Condition): VerdictChanges {
    const claim = this.#claim(name);
    const verdict: PortVerdict = claim
      ? judgeHindered(wantedPort(claim), condition, this.#surroundings)
      : { state: "wait", condition };
    return this.#judged(name, verdict);
  }

  #judged(name: string, verdict: PortVerdict | undefined): VerdictChanges {
    const before = this.#verdicts.get(name);
    if (verdict) this.#verdicts.set(name, verdict);
    else this.#verdicts.delete(name);
    this.#ready.set(name, verdict);
    if (this.#isLeft(name)) this.#unneeded.add(name);
    else this.#unneeded.delete(name);
    const controls = this.claims.controls(name);
    const sameReadiness = (before?.state === "ready") === (verdict?.state === "ready");
    const sameConditions = isDeepStrictEqual(conditionsOf(before), conditionsOf(verdict));
    return { readiness: sameReadiness ? [] : controls, conditions: sameConditions ? [] : controls };
  }

  /** The last verdict on a port; nothing if the port should not be on the bridge. */
  verdict(name: string): PortVerdict | undefined {
    return this.#verdicts.get(name);
  }

  isReady(name: string): boolean {
    return this.verdict(name)?.state === "ready";
  }

  /** The claimed ports that flows may send packets into: the same list until one of them changes. */
  readyPorts(): readonly BridgePort[] {
    return this.#ready.list();
  }

  /**
   * Names of Sluice's own ports that no TrafficControl needs any more. Either the port itself is still on the bridge,
   * or only its far end is still on another bridge.
   *
   * @param inUse Names of ports that flows still send to.
   */
  leftovers(inUse: ReadonlySet<string>): string[] {
    return [...this.#unneeded.union(this.#dirty)]
      .filter((name) => !inUse.has(name) && this.#isLeft(name));
  }

  #isLeft(name: string): boolean {
    const isThere = this.#ours.has(name) || this.#farEnds.has(name);
    return isThere && !this.claims.effective(name, true);
  }
}

/** The ports that are ready. Many ask for the list, and it changes rarely: only then is it made anew. */
class ReadyPorts {
  readonly #ports = new Map<string, BridgePort>();
  #list: readonly BridgePort[] | undefined;

  set(name: string, verdict: PortVerdict | undefined): void {
    const port = verdict?.state === "ready" ? verdict.port : undefined;
    if (port === this.#ports.get(name)) return;
    this.#list = undefined;
    if (port) this.#ports.set(name, port);
    else this.#ports.delete(name);
  }

  list(): readonly BridgePort[] {
    return this.#list ??= [...this.#ports.values()];
  }
}

function wantedPort({ spec, overhead }: PortClaim): WantedPort {
  return { ...spec, overhead };
}
