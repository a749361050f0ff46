/** The flows that the switch should have, by the parts that want them, compared with those that it has. @module */
import { actionsKey, type Flow, flowKey, sameContent } from "../../openflow/mod.ts";
import { otherTurn, type Turn, TURNS } from "./refresh.ts";

type FlowKey = string;
/** The part with the flows that take turns. */
export const TURN_PART = "turn";

/** One change that brings the flows of the switch closer to the desired ones. */
export interface FlowChange {
  readonly command: "add" | "modify" | "delete";
  readonly flow: Flow;
}

/** The part that wants a flow, or the parts if there were several: almost always it is one, and flows are many. */
type Wanters = string | Set<string>;

export class FlowSet {
  #parts = new Map<string, ReadonlyMap<FlowKey, Flow>>();
  /** Who wants each flow. If several parts want the same flow, it stays until the last of them gives it up. */
  #wanted = new Map<FlowKey, Wanters>();
  /** What parts want of which no flow is to be in the switch. */
  #leftOut = new Map<string, readonly Flow[]>();
  #observed = new Map<FlowKey, Flow>();
  #touched = new Set<FlowKey>();
  #learnedIsStale = false;
  /** Flows of which one set is in the switch at a time: see refresh.ts. Empty if the bridge needs none. */
  #turns: readonly (readonly Flow[])[] = [];
  /** The set that was in the switch last. */
  #turn: Turn = 1;
  /** The form of each part with two forms that the switch has had last, and the one that it is to have. */
  readonly #formOf = new Map<string, Turn>();
  readonly #nextForm = new Map<string, Turn>();
  /** Keys of flows of such parts: a change of them alone needs no other set. */
  readonly #turnAlone = new Set<FlowKey>();

  get size(): number {
    return this.#wanted.size;
  }

  /** How many flows of Sluice's the switch has, as far as is known. */
  get inSwitch(): number {
    return this.#observed.size;
  }

  /** All flows that the switch should have. */
  desired(): Flow[] {
    return [...this.#wanted.keys()].map((key) => this.#desired(key)!);
  }

  /** The flow that the switch has with the same table, priority and match, as far as is known. */
  observed(flow: Flow): Flow | undefined {
    return this.#observed.get(flowKey(flow));
  }

  /** Whether Sluice wants a flow with the same table, priority and match, whatever its actions. */
  wants(flow: Flow): boolean {
    return this.#wanted.has(flowKey(flow));
  }

  /** Keys of the parts that want a flow with the same table, priority and match. */
  partsWith(flow: Flow): string[] {
    return partsOf(this.#wanted.get(flowKey(flow)));
  }

  /** Keys of all parts with flows. */
  parts(): Iterable<string> {
    return this.#parts.keys();
  }

  /** The flows that the part wants. */
  flowsOf(part: string): Flow[] {
    return [...this.#parts.get(part)?.values() ?? []];
  }

  /** These are the flows of the part from now on; none if the part is gone. */
  setPart(part: string, flows: readonly Flow[]): void {
    if (flows.length === 0) {
      for (const forms of [this.#formOf, this.#nextForm]) {
        forms.delete(part);
      }
    }
    if (!this.#leftOut.has(part)) return this.#set(part, flows);
    if (flows.length > 0) this.#leftOut.set(part, flows);
    else this.#leftOut.delete(part);
  }

  /**
   * As `setPart`, for a part of which there are two forms. It stays in its form while no flow of it gets other actions;
   * otherwise it takes the other one. So flows that replace others look at other fields of packets than those, and the
   * flows that take turns for all others need not change. Flows that come or go must bring such a field with them.
   */
  setTurningPart(part: string, forms: readonly [readonly Flow[], readonly Flow[]]): void {
    const known = TURNS.find((turn) => this.#isForm(forms[turn]));
    const turn = known ?? otherTurn(this.#formOf.get(part) ?? 1);
    this.#nextForm.set(part, turn);
    for (const flow of forms.flat()) this.#turnAlone.add(flowKey(flow));
    this.setPart(part, forms[turn]);
  }

  /** Whether the switch has flows of this form, and none with other actions. */
  #isForm(flows: readonly Flow[]): boolean {
    const there = flows.map((flow) => [flow, this.observed(flow)] as const)
      .filter(([, observed]) => observed !== undefined);
    return there.length > 0 && there.every(([flow, observed]) => sameContent(flow, observed!));
  }

  /** Whether the part wants flows, also if they are left out. */
  hasPart(part: string): boolean {
    return this.#parts.has(part) || this.#leftOut.has(part);
  }

  /** From now on, no flow of the part is to be in the switch. */
  leaveOut(part: string): void {
    const flows = [...this.#parts.get(part)?.values() ?? []];
    this.#set(part, []);
    if (flows.length > 0) this.#leftOut.set(part, flows);
  }

  /** The flows of a part that was left out are to be in the switch. */
  takeIn(part: string): void {
    const flows = this.#leftOut.get(part);
    if (!flows) return;
    this.#leftOut.delete(part);
    this.#set(part, flows);
  }

  #set(part: string, flows: readonly Flow[]): void {
    const before = this.#parts.get(part);
    const keyed = new Map(flows.map((flow) => [flowKey(flow), flow]));
    if (keyed.size > 0) this.#parts.set(part, keyed);
    else this.#parts.delete(part);
    for (const key of before?.keys() ?? []) if (!keyed.has(key)) this.#release(part, key);
    for (const key of keyed.keys()) {
      if (!before?.has(key)) this.#claim(part, key);
      this.#touched.add(key);
    }
  }

  #claim(part: string, key: FlowKey): void {
    const wanters = this.#wanted.get(key);
    if (wanters === undefined) this.#wanted.set(key, part);
    else if (typeof wanters === "string") this.#wanted.set(key, new Set([wanters, part]));
    else wanters.add(part);
  }

  #release(part: string, key: FlowKey): void {
    const wanters = this.#wanted.get(key)!;
    if (typeof wanters !== "string") wanters.delete(part);
    if (typeof wanters === "string" || wanters.size === 0) this.#wanted.delete(key);
    this.#touched.add(key);
  }

  /**
   * If two parts want different actions, the part whose name sorts first decides: the same part after every restart.
   */
  #desired(key: FlowKey): Flow | undefined {
    const wanters = this.#wanted.get(key);
    if (wanters === undefined) return undefined;
    const part = typeof wanters === "string" ? wanters : partsOf(wanters).sort()[0]!;
    return this.#parts.get(part)!.get(key);
  }

  /** The next flows would misread what the switch has learned by the present ones, so the learned flows have to go. */
  forgetLearned(): void {
    this.#learnedIsStale = true;
  }

  /** Whether all learned flows are to be deleted together with the next changes. */
  get learnedIsStale(): boolean {
    return this.#learnedIsStale || this.size === 0;
  }

  /** Each change replaces one of these sets of flows by the other. @param sets Two, or none. */
  takeTurns(sets: readonly (readonly Flow[])[]): void {
    this.#turns = sets;
    if (sets.length === 0) this.setPart(TURN_PART, []);
  }

  #isObserved(turn: Turn): boolean {
    const flows = this.#turns[turn] ?? [];
    return flows.length > 0 && flows.every((flow) => this.#observed.has(flowKey(flow)));
  }

  /** Chooses the set that should be in the switch: the one that is there, unless other flows change. */
  #chooseTurn(): void {
    if (this.#turns.length === 0) return;
    const ofTurns = new Set(this.#turns.flat().map((flow) => flowKey(flow)));
    const othersChange = [...this.#touched].some((key) =>
      !ofTurns.has(key) && !this.#turnAlone.has(key) &&
      change(this.#desired(key), this.#observed.get(key))
    );
    const stays = !othersChange && this.#isObserved(this.#turn);
    this.setPart(TURN_PART, this.#turns[stays ? this.#turn : otherTurn(this.#turn)]!);
  }

  /** Takes all flows that the switch has. `changes` compares with them. */
  observe(flows: readonly Flow[]): void {
    this.#observed = new Map(flows.map((flow) => [flowKey(flow), flow]));
    this.#touched = new Set([...this.#observed.keys(), ...this.#wanted.keys()]);
    this.#turn = TURNS.find((turn) => this.#isObserved(turn)) ?? this.#turn;
  }

  /**
   * The changes to make; deletions come last. It compares only flows that were wanted or observed since the last time.
   */
  changes(): FlowChange[] {
    this.#chooseTurn();
    return this.#changesOf(this.#touched);
  }

  /** Those of them that concern parts with two forms only. */
  choiceChanges(): FlowChange[] {
    return this.#changesOf(this.#touched.intersection(this.#turnAlone));
  }

  #changesOf(keys: ReadonlySet<FlowKey>): FlowChange[] {
    const changes: FlowChange[] = [];
    for (const key of keys) {
      const found = change(this.#desired(key), this.#observed.get(key));
      if (found) changes.push(found);
      else this.#touched.delete(key); // equal: the next round need not compare it again
    }
    const deletes = (c: FlowChange) => c.command === "delete";
    return [...changes.filter((c) => !deletes(c)), ...changes.filter(deletes)];
  }

  #hasAll(flows: ReadonlyMap<FlowKey, Flow> = new Map()): boolean {
    return flows.values().every((flow) => {
      const observed = this.observed(flow);
      return observed !== undefined && sameContent(flow, observed);
    });
  }

  /**
   * Notes that the switch has made these changes.
   *
   * @param options `forgotLearned`: whether it has deleted all learned flows together with them, if they were stale.
   */
  applied(changes: readonly FlowChange[], { forgotLearned = true } = {}): void {
    if (forgotLearned) this.#learnedIsStale = false;
    for (const { command, flow } of changes) {
      const key = flowKey(flow);
      this.#touched.add(key); // what is wanted may have changed while the switch was at it
      if (command === "delete") this.#observed.delete(key);
      else this.#observed.set(key, flow);
      if (command === "delete" && !this.#wanted.has(key)) this.#turnAlone.delete(key);
    }
    for (const [part, turn] of this.#nextForm) {
      if (!this.#hasAll(this.#parts.get(part))) continue;
      this.#formOf.set(part, turn);
      this.#nextForm.delete(part);
    }
    this.#turn = TURNS.find((turn) => this.#isObserved(turn)) ?? this.#turn;
    this.#touched = new Set(
      [...this.#touched].filter((key) => change(this.#desired(key), this.#observed.get(key))),
    );
  }
}

const partsOf = (wanters: Wanters | undefined): string[] =>
  typeof wanters === "string" ? [wanters] : [...wanters ?? []];

function change(desired: Flow | undefined, observed: Flow | undefined): FlowChange | undefined {
  if (!desired) return observed && { command: "delete", flow: observed };
  if (!observed) return { command: "add", flow: desired };
  if (sameContent(desired, observed)) return undefined; // both have the same key
  // A modification keeps the counters, but can change only the actions: OpenFlow 1.5.1 section 6.4.
  const otherActions =
    actionsKey({ ...observed, actions: desired.actions }) === actionsKey(desired);
  return { command: otherActions ? "modify" : "add", flow: desired };
}
