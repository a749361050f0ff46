/** Which TrafficControls act on a Pod, and which of them ask for the same copies. Pure. @module */
import { canonical } from "../base/canonical.ts";
import type { Copy, PacketDirection } from "../contracts/mod.ts";
import type { Model } from "../model/model.ts";
import { scopeOf } from "../model/pods/chains.ts";
import type { Control, PodKey } from "../objects/types.ts";

export const DIRECTIONS: readonly PacketDirection[] = ["egress", "ingress"];

/** The copy without an empty scope, as text: equal ones are made once. */
const copyKey = (copy: Copy<string>) => canonical({ to: copy.to, ...scopeOf(copy) });

/** What acts on one Pod, of the TrafficControls that select it. */
export class PodWork {
  readonly #model: Model;
  readonly #pod: PodKey;
  /** Each as it acts now, in the order in which they count. */
  readonly acting: readonly Control[];
  /** By direction and copy: the names of those that ask for it. */
  readonly #asking = new Map<string, string[]>();
  #atWork: ReadonlySet<string> | undefined;

  constructor(model: Model, pod: PodKey) {
    this.#model = model;
    this.#pod = pod;
    this.acting = [...model.selection.controlsOf(pod)]
      .flatMap((name) => model.readiness.acting(model.controls.get(name)) ?? [])
      .sort((one, other) => one.rank < other.rank ? -1 : 1);
    for (const control of this.acting) {
      for (const direction of control.directions) this.#note(control, direction);
    }
  }

  #note({ name, treatment, ingressTreatment }: Control, direction: PacketDirection): void {
    const { copies = [] } = direction === "ingress" ? ingressTreatment ?? treatment : treatment;
    for (const copy of copies) {
      const key = `${direction} ${copyKey(copy)}`;
      this.#asking.getOrInsertComputed(key, () => []).push(name);
    }
  }

  /** The names of all that ask for the copy. */
  asking(copy: Copy<string>, direction: PacketDirection): readonly string[] {
    return this.#asking.get(`${direction} ${copyKey(copy)}`) ?? [];
  }

  /** Whether anything at the Pod's ports is done for the TrafficControl, alone or together with others. */
  isAtWork(control: string): boolean {
    return (this.#atWork ??= this.#names()).has(control);
  }

  #names(): ReadonlySet<string> {
    const ports = this.#model.treatedPod(this.#pod)?.ports ?? [];
    return new Set(ports.flatMap((port) =>
      DIRECTIONS.flatMap((direction) => {
        const combined = port[direction];
        if (!combined) return [];
        const { hops, drop } = combined.askers;
        const copying = combined.copies.flatMap((copy) => this.asking(copy, direction));
        return [...copying, ...hops, ...drop === undefined ? [] : [drop]];
      })
    ));
  }
}
