/** Which TrafficControl selects which Pod. An event costs as much as it changes. @module */
import { canonical } from "../../base/canonical.ts";
import { METADATA_NAME_LABEL } from "../../objects/names.ts";
import {
  type LabelSelector,
  type NamespaceObject,
  type PodKey,
  podKey,
  type PodObject,
  type TrafficControl,
} from "../../objects/types.ts";
import { appliesTo, SelectorIndex } from "./selector_index.ts";

type Labels = Readonly<Record<string, string>>;
type AppliedTo = TrafficControl["appliedTo"];

/** A map of sets. It holds no empty set. */
class SetMap<K, V> {
  #sets = new Map<K, Set<V>>();

  get(key: K): ReadonlySet<V> {
    return this.#sets.get(key) ?? new Set();
  }
  add(key: K, value: V): void {
    const set = this.#sets.get(key);
    if (set) set.add(value);
    else this.#sets.set(key, new Set([value]));
  }
  delete(key: K, value: V): void {
    const set = this.#sets.get(key);
    if (set?.delete(value) && set.size === 0) this.#sets.delete(key);
  }
}

/**
 * Pods with the same Namespace and the same labels, such as those of a Deployment. A TrafficControl selects all of them or
 * none, so that is found out once for all.
 */
interface Group {
  readonly key: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly pods: Set<PodKey>;
  /** Names of the TrafficControls that select them. */
  readonly controls: Set<string>;
}

const NO_CONTROLS: ReadonlySet<string> = new Set();

/** The Pods that a TrafficControl selects. */
export class SelectedPods implements Iterable<PodKey> {
  readonly #groups: ReadonlySet<Group>;

  constructor(groups: ReadonlySet<Group>) {
    this.#groups = groups;
  }

  get size(): number {
    let size = 0;
    for (const { pods } of this.#groups) size += pods.size;
    return size;
  }

  *[Symbol.iterator](): Iterator<PodKey> {
    for (const { pods } of this.#groups) yield* pods;
  }
}

/** What is selected otherwise than before. */
export interface SelectionChange {
  /** Pods that other TrafficControls select now. */
  readonly pods: Iterable<PodKey>;
  /** TrafficControls that select other Pods now. */
  readonly controls: Iterable<string>;
  /** Those of them that have begun to select Pods, or do not select any more. */
  readonly turned: Iterable<string>;
}

const NO_CHANGE: SelectionChange = { pods: [], controls: [], turned: [] };

/**
 * The caller gives it only Pods that can be selected: see `selectable`. Each method that sets or deletes an object
 * returns what has changed.
 */
export class Selection {
  #appliedTo = new Map<string, AppliedTo>();
  #index = new SelectorIndex();
  #namespaces = new Map<string, Labels>();
  /** None of them is empty. */
  #groups = new Map<string, Group>();
  #groupOf = new Map<PodKey, Group>();
  #groupsByLabel = new SetMap<string, Group>();
  #groupsByNamespace = new SetMap<string, Group>();
  /** By the TrafficControl that selects them. */
  #groupsOf = new SetMap<string, Group>();

  /** Pods that are alike have one and the same set. */
  controlsOf(pod: PodKey): ReadonlySet<string> {
    return this.#groupOf.get(pod)?.controls ?? NO_CONTROLS;
  }
  podsOf(control: string): SelectedPods {
    return new SelectedPods(this.#groupsOf.get(control));
  }
  /** Whether the TrafficControl selects a Pod. */
  selectsAny(control: string): boolean {
    return this.#groupsOf.get(control).size > 0;
  }
  /** How many Pods are selected. */
  countPods(): number {
    let count = 0;
    for (const { pods, controls } of this.#groups.values()) {
      if (controls.size > 0) count += pods.size;
    }
    return count;
  }

  setControl(name: string, appliedTo: AppliedTo): SelectionChange {
    if (this.#appliedTo.has(name)) this.#index.remove(name);
    this.#appliedTo.set(name, appliedTo);
    this.#index.add(name, appliedTo);
    return this.#judgeControl(name, this.#candidates(appliedTo));
  }

  deleteControl(name: string): SelectionChange {
    if (!this.#appliedTo.delete(name)) return NO_CHANGE;
    this.#index.remove(name);
    return this.#judgeControl(name, []);
  }

  setPod(pod: PodObject): SelectionChange {
    return this.#move(podKey(pod), this.#groupFor(pod));
  }

  deletePod(key: PodKey): SelectionChange {
    return this.#move(key, undefined);
  }

  setNamespace({ name, labels }: NamespaceObject): SelectionChange {
    const before = this.namespaceLabels(name);
    this.#namespaces.set(name, labels);
    return canonical(before) === canonical(labels) ? NO_CHANGE : this.#judgeNamespace(name);
  }

  deleteNamespace(name: string): SelectionChange {
    this.#namespaces.delete(name);
    return this.#judgeNamespace(name);
  }

  /** The labels of a Namespace. One that no source has given still has the label with its name. */
  namespaceLabels(namespace: string): Labels {
    return this.#namespaces.get(namespace) ?? { [METADATA_NAME_LABEL]: namespace };
  }

  #judgeControl(name: string, candidates: Iterable<Group>): SelectionChange {
    const before = this.selectsAny(name);
    const groups = new Set([...this.#groupsOf.get(name), ...candidates]);
    const pods = [...groups].filter((group) => this.#judge(group, name))
      .flatMap((group) => [...group.pods]);
    const controls = pods.length > 0 ? [name] : [];
    return { pods, controls, turned: this.selectsAny(name) === before ? [] : controls };
  }

  #judgeNamespace(name: string): SelectionChange {
    const [pods, controls, active] = [new Set<PodKey>(), new Set<string>(), new Set<string>()];
    for (const group of this.#groupsByNamespace.get(name)) {
      const candidates = this.#index.candidates(group.labels, this.namespaceLabels(name));
      for (const control of group.controls.union(candidates)) {
        const isActive = this.selectsAny(control);
        if (!this.#judge(group, control)) continue;
        if (isActive && !controls.has(control)) active.add(control);
        controls.add(control);
        for (const pod of group.pods) pods.add(pod);
      }
    }
    const turned = [...controls].filter((each) => this.selectsAny(each) !== active.has(each));
    return { pods, controls, turned };
  }

  /** @returns Whether the TrafficControl selects the group, and has not before, or the other way round. */
  #judge(group: Group, control: string): boolean {
    const selected = this.#selects(control, group);
    if (selected === group.controls.has(control)) return false;
    if (selected) {
      group.controls.add(control);
      this.#groupsOf.add(control, group);
    } else {
      group.controls.delete(control);
      this.#groupsOf.delete(control, group);
    }
    return true;
  }

  #selects(control: string, { namespace, labels }: Pick<Group, "namespace" | "labels">): boolean {
    const appliedTo = this.#appliedTo.get(control);
    return appliedTo !== undefined && appliesTo(appliedTo, labels, this.namespaceLabels(namespace));
  }

  /** The group of such Pods; a new one if no Pod is like this one. */
  #groupFor({ namespace, labels }: PodObject): Group {
    const key = JSON.stringify([namespace, labels]);
    const group = this.#groups.get(key);
    if (group) return group;
    const candidates = this.#index.candidates(labels, this.namespaceLabels(namespace));
    const controls = [...candidates].filter((each) => this.#selects(each, { namespace, labels }));
    return { key, namespace, labels, pods: new Set(), controls: new Set(controls) };
  }

  /** @param to Nothing if the Pod is gone. */
  #move(pod: PodKey, to: Group | undefined): SelectionChange {
    const from = this.#groupOf.get(pod);
    if (from === to) return NO_CHANGE;
    if (to) this.#groupOf.set(pod, to);
    else this.#groupOf.delete(pod);
    const turned = [...to ? this.#join(pod, to) : [], ...from ? this.#leave(pod, from) : []];
    const [before, after] = [from?.controls ?? NO_CONTROLS, to?.controls ?? NO_CONTROLS];
    const controls = before.size === 0 ? after : before.symmetricDifference(after);
    return { pods: controls.size > 0 ? [pod] : [], controls, turned };
  }

  /** @returns TrafficControls that begin to select by that. */
  #join(pod: PodKey, group: Group): string[] {
    group.pods.add(pod);
    if (group.pods.size > 1) return [];
    this.#groups.set(group.key, group);
    this.#groupsByNamespace.add(group.namespace, group);
    for (const label of labelsOf(group)) this.#groupsByLabel.add(label, group);
    const begun = [...group.controls].filter((control) => !this.selectsAny(control));
    for (const control of group.controls) this.#groupsOf.add(control, group);
    return begun;
  }

  /** @returns TrafficControls that do not select any more by that. */
  #leave(pod: PodKey, group: Group): string[] {
    group.pods.delete(pod);
    if (group.pods.size > 0) return [];
    this.#groups.delete(group.key);
    this.#groupsByNamespace.delete(group.namespace, group);
    for (const label of labelsOf(group)) this.#groupsByLabel.delete(label, group);
    for (const control of group.controls) this.#groupsOf.delete(control, group);
    return [...group.controls].filter((control) => !this.selectsAny(control));
  }

  /** Groups that `appliedTo` may select: of the labels that it requires, it takes the one that the fewest groups have. */
  #candidates({ podSelector }: AppliedTo): Iterable<Group> {
    const sets = required(podSelector).map((label) => this.#groupsByLabel.get(label));
    if (sets.length === 0) return this.#groups.values();
    return sets.reduce((rarest, set) => set.size < rarest.size ? set : rarest);
  }
}

const keyOf = ([label, value]: [string, string]) => `${label}=${value}`;
const labelsOf = ({ labels }: Group) => Object.entries(labels).map(keyOf);

function required(selector: LabelSelector | undefined): string[] {
  return Object.entries(selector?.matchLabels ?? {}).map(keyOf);
}
