/** The ports of the bridge as OVSDB shows them, indexed, with a memory of who asked for what. @module */
import type { InterfaceRow, PortView } from "../../contracts/mod.ts";

/** One interface of the bridge, joined with its Port row; columns as ovs-vswitchd.conf.db(5) says. */
export interface BridgePort extends InterfaceRow {
  readonly options: Readonly<Record<string, string>>;
  /** Why Open vSwitch could not make it. */
  readonly error?: string;
  /** Bytes. */
  readonly mtu?: number;
  /** Bytes: what somebody asked for. */
  readonly mtuRequest?: number;
  readonly linkUp?: boolean;
  /** Where a tunnel's packets leave the node. */
  readonly egressDevice?: string;
  /** VLAN of an access port: `Port.tag` without a trunking `vlan_mode`. */
  readonly accessVLAN?: number;
  /** Its row keeps NORMAL out of it, as the rows of our ports do. */
  readonly outOfForwarding?: boolean;
  /** It carries our mark in `external_ids`. */
  readonly ours: boolean;
  readonly interfaceUUID: string;
  readonly portUUID: string;
}

/** A question to a `PortView`, as a key. */
type Question = string;
const byName = (name: string): Question => `name ${name}`;
const byID = (key: string, value: string): Question => `id ${key}=${value}`;

/** `Asker` names who asked: a Pod's key. */
export class BridgePorts<Asker> implements PortView {
  #ports = new Map<string, BridgePort>();
  #answers = new Map<Question, Set<string>>();
  #askers = new Map<Question, Set<Asker>>();
  #asked = new Map<Asker, Set<Question>>();
  #asking: Asker | undefined;

  named(name: string): BridgePort | undefined {
    this.#remember(byName(name));
    return this.#ports.get(name);
  }

  withExternalID(key: string, value: string): readonly BridgePort[] {
    const question = byID(key, value);
    this.#remember(question);
    // Sorted: the order in which OVSDB told of them is another after each restart.
    return [...this.#answers.get(question) ?? []].sort().map((name) => this.#ports.get(name)!);
  }

  [Symbol.iterator](): IterableIterator<BridgePort> {
    return this.#ports.values();
  }

  /** Runs `ask` and remembers its questions, to tell `asker` when an answer changes. */
  askedBy<T>(asker: Asker, ask: () => T): T {
    this.forget(asker);
    this.#asking = asker;
    try {
      return ask();
    } finally {
      this.#asking = undefined;
    }
  }

  forget(asker: Asker): void {
    for (const question of this.#asked.get(asker) ?? []) {
      const askers = this.#askers.get(question)!;
      askers.delete(asker);
      if (askers.size === 0) this.#askers.delete(question);
    }
    this.#asked.delete(asker);
  }

  /** @returns Who must ask again. */
  set(name: string, port: BridgePort | undefined): ReadonlySet<Asker> {
    const before = this.#ports.get(name);
    const touched = [...questionsOf(before), ...questionsOf(port)];
    for (const question of questionsOf(before)) this.#answers.get(question)?.delete(name);
    if (port) this.#ports.set(name, port);
    else this.#ports.delete(name);
    for (const question of questionsOf(port)) {
      this.#answers.set(question, (this.#answers.get(question) ?? new Set()).add(name));
    }
    for (const question of touched) {
      if (this.#answers.get(question)?.size === 0) this.#answers.delete(question);
    }
    return new Set(touched.flatMap((question) => [...this.#askers.get(question) ?? []]));
  }

  #remember(question: Question): void {
    const asker = this.#asking;
    if (asker === undefined) return;
    this.#asked.set(asker, (this.#asked.get(asker) ?? new Set()).add(question));
    this.#askers.set(question, (this.#askers.get(question) ?? new Set()).add(asker));
  }
}

function questionsOf(port: BridgePort | undefined): Question[] {
  if (!port) return [];
  const ids = Object.entries(port.external_ids).map(([key, value]) => byID(key, value));
  return [byName(port.name), ...ids];
}
