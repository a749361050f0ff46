/** Who may have which port: conflicts between TrafficControls, the older one stands. @module */
import { canonical } from "../../base/canonical.ts";
import { type Condition, condition, isSame, type Reason } from "../../contracts/condition.ts";
import { isTunnel } from "../../contracts/interface_types.ts";
import type { Control } from "../../objects/types.ts";
import { pairsOf } from "../pods/treatments.ts";

/** Controls that want the same ports in the same roles: one verdict for all. */
interface Class {
  readonly key: string;
  readonly members: Map<string, Control>;
  oldest: Control;
  verdict?: Condition | undefined;
}

/** A port's role for a control: it gets copies, or it belongs to one pair. */
function roleOf(control: Control, port: string): string {
  const pair = pairOf(control, port);
  return pair ? `pair ${pair.target} ${pair.return}` : "mirror";
}

function pairOf({ treatment }: Control, port: string) {
  return pairsOf(treatment).find((pair) => pair.target === port || pair.return === port);
}

function specOf(control: Control, port: string) {
  const claim = control.ports.find(({ spec }) => spec.name === port)!;
  const { type, options, identity, farEnd } = claim.spec;
  return canonical([type, identity, options, farEnd]);
}

function portsOf(control: Control): string[] {
  return [...new Set(control.ports.map(({ spec }) => spec.name))];
}

function classKey(control: Control): string {
  return JSON.stringify(
    portsOf(control).map((port) => [port, specOf(control, port), roleOf(control, port)]),
  );
}

function clash(control: Control, older: Control, port: string): Condition | undefined {
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
      describe(older, port),
    "target and return ports are one-to-one, use other ports",
  );
}

function describe(control: Control, port: string): string {
  const pair = pairOf(control, port);
  return pair ? `part of the pair ${pair.target}, ${pair.return}` : "a mirror's target";
}

/**
 * Which TrafficControls may have the ports that they ask for; an update looks at those that share a port, by classes.
 * Each update returns the names of the TrafficControls whose verdict is another one now.
 */
export class PortConflicts {
  #classes = new Map<string, Class>();
  #classOf = new Map<string, Class>();
  #byPort = new Map<string, Set<Class>>();
  /** Why it may not have its ports; nothing if it may. */
  refusal(control: string): Condition | undefined {
    return this.#classOf.get(control)?.verdict;
  }

  set(control: Control): string[] {
    const key = classKey(control);
    const moved = this.#classOf.get(control.name)?.key === key ? [] : this.delete(control.name);
    const group = this.#classes.get(key) ?? this.#create(key, control);
    const before = group.oldest;
    group.members.set(control.name, control);
    if (group.oldest.name === control.name) group.oldest = oldest(group);
    else if (control.age < group.oldest.age) group.oldest = control;
    this.#classOf.set(control.name, group);
    const same = before.age === group.oldest.age && group.members.size > 1;
    return same ? moved : [...moved, ...this.#judge(group.oldest)];
  }

  delete(name: string): string[] {
    const group = this.#classOf.get(name);
    if (!group) return [];
    this.#classOf.delete(name);
    group.members.delete(name);
    const gone = group.oldest;
    if (group.members.size === 0) this.#remove(group);
    else group.oldest = oldest(group);
    return gone.name === name ? this.#judge(gone) : [];
  }

  #create(key: string, control: Control): Class {
    const group: Class = { key, members: new Map(), oldest: control };
    this.#classes.set(key, group);
    for (const port of portsOf(control)) {
      const sharing = this.#byPort.get(port) ?? new Set();
      this.#byPort.set(port, sharing.add(group));
    }
    return group;
  }

  #remove(group: Class): void {
    this.#classes.delete(group.key);
    for (const port of portsOf(group.oldest)) {
      const sharing = this.#byPort.get(port)!;
      sharing.delete(group);
      if (sharing.size === 0) this.#byPort.delete(port);
    }
  }

  /** All that share a port with it, or with one that does. */
  #component(control: Control): Set<Class> {
    const found = new Set<Class>();
    const ports = portsOf(control);
    const seen = new Set(ports);
    for (const port of ports) { // grows while we go
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

  #judge(control: Control): string[] {
    const byAge = [...this.#component(control)].sort((a, b) =>
      a.oldest.age < b.oldest.age ? -1 : 1
    );
    const standing: Class[] = [];
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

function oldest({ members }: Class): Control {
  return [...members.values()].reduce((a, b) => b.age < a.age ? b : a);
}

function refusalBy(group: Class, standing: readonly Class[]): Condition | undefined {
  const ports = portsOf(group.oldest);
  for (const older of standing) {
    const shared = portsOf(older.oldest).filter((port) => ports.includes(port));
    for (const port of shared) {
      const refusal = clash(group.oldest, older.oldest, port);
      if (refusal) return refusal;
    }
  }
  return undefined;
}
