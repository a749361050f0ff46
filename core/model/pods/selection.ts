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

/** A TrafficControl has begun to select a Pod, or does not select it any more. */
export interface SelectionChange {
  readonly pod: PodKey;
  readonly control: string;
}

/**
 * The caller gives it only Pods that can be selected: see `selectable`. Each method that sets or deletes an object
 * returns the selections that changed.
 */
export class Selection {
  #appliedTo = new Map<string, AppliedTo>();
  #index = new SelectorIndex();
  #pods = new Map<PodKey, Pick<PodObject, "namespace" | "labels">>();
  #namespaces = new Map<string, Labels>();
  #podsByLabel = new SetMap<string, PodKey>();
  #podsByNamespace = new SetMap<string, PodKey>();
  #controlsOf = new SetMap<PodKey, string>();
  #podsOf = new SetMap<string, PodKey>();
  controlsOf(pod: PodKey): ReadonlySet<string> {
    return this.#controlsOf.get(pod);
  }
  podsOf(control: string): ReadonlySet<PodKey> {
    return this.#podsOf.get(control);
  }

  setControl(name: string, appliedTo: AppliedTo): SelectionChange[] {
    if (this.#appliedTo.has(name)) this.#index.remove(name);
    this.#appliedTo.set(name, appliedTo);
    this.#index.add(name, appliedTo);
    const pods = new Set([...this.#podsOf.get(name), ...this.#candidates(appliedTo)]);
    return [...pods].flatMap((pod) => this.#judge(pod, name));
  }

  deleteControl(name: string): SelectionChange[] {
    if (!this.#appliedTo.delete(name)) return [];
    this.#index.remove(name);
    return [...this.#podsOf.get(name)].flatMap((pod) => this.#judge(pod, name));
  }

  setPod(pod: PodObject): SelectionChange[] {
    const key = podKey(pod);
    this.#unindex(key);
    this.#pods.set(key, pod);
    this.#podsByNamespace.add(pod.namespace, key);
    for (const [label, value] of Object.entries(pod.labels)) {
      this.#podsByLabel.add(`${label}=${value}`, key);
    }
    return this.#judgePod(key);
  }

  deletePod(key: PodKey): SelectionChange[] {
    this.#unindex(key);
    this.#pods.delete(key);
    return this.#judgePod(key);
  }

  setNamespace({ name, labels }: NamespaceObject): SelectionChange[] {
    const before = this.#labelsOf(name);
    this.#namespaces.set(name, labels);
    return canonical(before) === canonical(labels) ? [] : this.#judgeNamespace(name);
  }

  deleteNamespace(name: string): SelectionChange[] {
    this.#namespaces.delete(name);
    return this.#judgeNamespace(name);
  }

  #judgeNamespace(name: string): SelectionChange[] {
    return [...this.#podsByNamespace.get(name)].flatMap((pod) => this.#judgePod(pod));
  }

  /** The labels of a Namespace. One that no source has given still has the label with its name. */
  #labelsOf(namespace: string): Labels {
    return this.#namespaces.get(namespace) ?? { [METADATA_NAME_LABEL]: namespace };
  }

  #unindex(key: PodKey): void {
    const pod = this.#pods.get(key);
    if (!pod) return;
    this.#podsByNamespace.delete(pod.namespace, key);
    for (const [label, value] of Object.entries(pod.labels)) {
      this.#podsByLabel.delete(`${label}=${value}`, key);
    }
  }

  #judgePod(key: PodKey): SelectionChange[] {
    const pod = this.#pods.get(key);
    const candidates = pod ? this.#index.candidates(pod.labels, this.#labelsOf(pod.namespace)) : [];
    const controls = new Set([...this.#controlsOf.get(key), ...candidates]);
    return [...controls].flatMap((control) => this.#judge(key, control));
  }

  #judge(key: PodKey, control: string): SelectionChange[] {
    const pod = this.#pods.get(key);
    const appliedTo = this.#appliedTo.get(control);
    const selected = pod !== undefined && appliedTo !== undefined &&
      appliesTo(appliedTo, pod.labels, this.#labelsOf(pod.namespace));
    if (selected === this.#controlsOf.get(key).has(control)) return [];
    if (selected) {
      this.#controlsOf.add(key, control);
      this.#podsOf.add(control, key);
    } else {
      this.#controlsOf.delete(key, control);
      this.#podsOf.delete(control, key);
    }
    return [{ pod: key, control }];
  }

  /** Pods that `appliedTo` may select: of the labels that it requires, it takes the one that the fewest Pods have. */
  #candidates({ podSelector }: AppliedTo): Iterable<PodKey> {
    const sets = required(podSelector).map((label) => this.#podsByLabel.get(label));
    if (sets.length === 0) return [...this.#pods.keys()];
    return [...sets.reduce((rarest, set) => set.size < rarest.size ? set : rarest)];
  }
}

function required(selector: LabelSelector | undefined): string[] {
  return Object.entries(selector?.matchLabels ?? {}).map(([label, value]) => `${label}=${value}`);
}
