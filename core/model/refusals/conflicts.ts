/**
 * Conflicts between TrafficControls that claim the same port in different ways: the older one gets the port.
 * @module
 */
import { canonical } from "../../base/canonical.ts";
import { type Condition, condition, isSame, type Reason } from "../../contracts/condition.ts";
import { isTunnel } from "../../contracts/interface_types.ts";
import type { Control } from "../../objects/types.ts";
import {
  alternativesOf,
  choiceKey,
  type Chosen,
  hasSettings,
  isHop,
  targetsOf,
} from "../choices/choices.ts";
import { isChained } from "../pods/chains.ts";
import { pairsOf } from "../pods/treatments.ts";

/** TrafficControls that claim the same ports, with the same options, in the same roles. One verdict holds for all. */
interface PortGroup {
  readonly key: string;
  readonly members: Map<string, Control>;
  oldest: Control;
  verdict?: Condition | undefined;
}

/**
 * The role of a port for a TrafficControl, as a key: the port gets copies, or it belongs to a certain pair. A port that is
 * one of several, or has settings of its own, has all of these in its role: TrafficControls that share it must agree.
 */
function roleOf(control: Control, port: string): string {
  const pair = pairOf(control, port);
  const chosen = chosenWith(control, port);
  const place = placeOf(chosen);
  if (chosen && isOneOfSeveral(chosen)) return `one of ${choiceKey(chosen)}${place}`;
  return pair ? `pair ${pair.target} ${pair.return}${place}` : "mirror";
}

/** A packet passes a pair of a chain once, so all chains that the pair is in must be known as such. */
const placeOf = (chosen: Chosen | undefined) => chosen && isChained(chosen) ? " in a chain" : "";

function pairOf({ treatment }: Control, port: string) {
  return pairsOf(treatment).find((pair) => pair.target === port || pair.return === port);
}

function chosenWith({ treatment: { copies = [], hops = [] } }: Control, port: string) {
  const chosen: readonly Chosen[] = [...copies, ...hops];
  return chosen.find((each) => alternativesOf(each).some((names) => names.includes(port)));
}

/** Rules and the like may differ between those who share a port: they say which packets get there, not how it works. */
const isOneOfSeveral = (chosen: Chosen) =>
  alternativesOf(chosen).length > 1 || (isHop(chosen) && hasSettings(chosen));

function specOf(control: Control, port: string) {
  const claim = control.ports.find(({ spec }) => spec.name === port)!;
  const { type, options, identity, farEnd } = claim.spec;
  return canonical([type, identity, options, farEnd]);
}

function portsOf(control: Control): string[] {
  return [...new Set(control.ports.map(({ spec }) => spec.name))];
}

function groupKey(control: Control): string {
  return JSON.stringify(
    portsOf(control).map((port) => [port, specOf(control, port), roleOf(control, port)]),
  );
}

function conflictOver(control: Control, older: Control, port: string): Condition | undefined {
  if (specOf(control, port) !== specOf(older, port)) {
    const tunnel = control.ports.some(({ spec }) => spec.name === port && isTunnel(spec));
    const reason: Reason = tunnel ? "TunnelInUse" : "Conflict";
    return condition(
      reason,
      `Port "${port}" has other options for TrafficControl "${older.name}", which is older`,
      tunnel ? "use another key or the same options" : "use another port",
    );
  }
  if (roleOf(control, port) === roleOf(older, port)) return undefined;
  return condition(
    "Conflict",
    `Port "${port}" is used by TrafficControl "${older.name}", which is older, as ` +
      roleInWords(older, port),
    cureOf(control, older, port),
  );
}

/** Both use the pair alike but for its settings, or they use the port in different ways. */
function cureOf(control: Control, older: Control, port: string): string {
  const chains = [control, older].map((each) => placeOf(chosenWith(each, port)));
  if (new Set(chains).size > 1) return "give both a chainOrder or none, or use other ports";
  const others = "target and return ports are one-to-one, use other ports";
  const settings = [control, older].some((each) => {
    const chosen = chosenWith(each, port);
    return chosen && isOneOfSeveral(chosen);
  });
  return settings ? `${others}, or the same ports with the same settings` : others;
}

function roleInWords(control: Control, port: string): string {
  const pair = pairOf(control, port);
  const chosen = chosenWith(control, port);
  const place = placeOf(chosen);
  if (chosen && isOneOfSeveral(chosen)) {
    return `one of the ports ${[...new Set(targetsOf(chosen))].join(", ")}${place}`;
  }
  return pair ? `part of the pair ${pair.target}, ${pair.return}${place}` : "a mirror's target";
}

/**
 * Which TrafficControls may have the ports that they claim. `set` and `delete` judge again all groups that are connected
 * by shared ports, and return the names of the TrafficControls whose verdict has changed.
 */
export class PortConflicts {
  #groups = new Map<string, PortGroup>();
  #groupOf = new Map<string, PortGroup>();
  #byPort = new Map<string, Set<PortGroup>>();

  /** Why the TrafficControl may not have its ports; nothing if it may have them. */
  refusal(control: string): Condition | undefined {
    return this.#groupOf.get(control)?.verdict;
  }

  set(control: Control): string[] {
    const key = groupKey(control);
    const moved = this.#groupOf.get(control.name)?.key === key ? [] : this.delete(control.name);
    const group = this.#groups.get(key) ?? this.#create(key, control);
    const before = group.oldest;
    group.members.set(control.name, control);
    if (control.age <= before.age) group.oldest = control;
    else if (before.name === control.name) group.oldest = oldest(group); // it was the oldest, and is another object now
    this.#groupOf.set(control.name, group);
    const same = before.age === group.oldest.age && group.members.size > 1;
    return same ? moved : [...moved, ...this.#judge(group.oldest)];
  }

  delete(name: string): string[] {
    const group = this.#groupOf.get(name);
    if (!group) return [];
    this.#groupOf.delete(name);
    group.members.delete(name);
    const gone = group.oldest;
    if (group.members.size === 0) this.#remove(group);
    else if (gone.name === name) group.oldest = oldest(group);
    return gone.name === name ? this.#judge(gone) : [];
  }

  #create(key: string, control: Control): PortGroup {
    const group: PortGroup = { key, members: new Map(), oldest: control };
    this.#groups.set(key, group);
    for (const port of portsOf(control)) {
      const sharing = this.#byPort.get(port) ?? new Set();
      this.#byPort.set(port, sharing.add(group));
    }
    return group;
  }

  #remove(group: PortGroup): void {
    this.#groups.delete(group.key);
    for (const port of portsOf(group.oldest)) {
      const sharing = this.#byPort.get(port)!;
      sharing.delete(group);
      if (sharing.size === 0) this.#byPort.delete(port);
    }
  }

  /** All groups that share a port with the TrafficControl, directly or through other groups. */
  #component(control: Control): Set<PortGroup> {
    const found = new Set<PortGroup>();
    const ports = portsOf(control);
    const seen = new Set(ports);
    for (const port of ports) { // the list grows during the loop
      for (const group of this.#byPort.get(port) ?? []) {
        if (found.has(group)) continue;
        found.add(group);
        const others = portsOf(group.oldest).filter((other) => !seen.has(other));
        others.forEach((other) => seen.add(other));
        ports.push(...others);
      }
    }
    return found;
  }

  /** Judges the groups of a component from the oldest on: a group stands if it conflicts with no group that stands. */
  #judge(control: Control): string[] {
    const byAge = [...this.#component(control)].sort((a, b) =>
      a.oldest.age < b.oldest.age ? -1 : 1
    );
    const standing: PortGroup[] = [];
    const changed: string[] = [];
    for (const group of byAge) {
      const verdict = refusalBy(group, standing);
      if (!verdict) standing.push(group);
      if (!isSame(verdict, group.verdict)) changed.push(...group.members.keys());
      group.verdict = verdict;
    }
    return changed;
  }
}

function oldest({ members }: PortGroup): Control {
  return [...members.values()].reduce((a, b) => b.age < a.age ? b : a);
}

function refusalBy(group: PortGroup, standing: readonly PortGroup[]): Condition | undefined {
  const ports = portsOf(group.oldest);
  for (const older of standing) {
    const shared = portsOf(older.oldest).filter((port) => ports.includes(port));
    for (const port of shared) {
      const refusal = conflictOver(group.oldest, older.oldest, port);
      if (refusal) return refusal;
    }
  }
  return undefined;
}
