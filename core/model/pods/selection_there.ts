/** Which TrafficControl selects which Pod on one of several bridges: only Pods that have a port on it. @module */
import { type PodKey, podKey, type PodObject } from "../../objects/types.ts";
import { Selection, type SelectionChange } from "./selection.ts";

export class SelectionThere extends Selection {
  readonly #hasPort: (pod: PodKey) => boolean;

  /** @param hasPort If the answer for a Pod changes, the Pod is to be set again. */
  constructor(hasPort: (pod: PodKey) => boolean) {
    super();
    this.#hasPort = hasPort;
  }

  override setPod(pod: PodObject): SelectionChange {
    const key = podKey(pod);
    return this.#hasPort(key) ? super.setPod(pod) : super.deletePod(key);
  }
}
