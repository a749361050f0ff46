/** Which TrafficControls select which Pods of the node, wherever the Pods have ports. @module */
import { selectable } from "../model/pods/local_pods.ts";
import { Selection } from "../model/pods/selection.ts";
import { type Control, type NamespaceObject, podKey, type PodObject } from "../objects/types.ts";
import type { ObjectSink } from "./intake.ts";

/** Gets valid objects beside the models of several bridges, of which each knows the Pods with a port on it. */
export class NodePods implements ObjectSink {
  readonly selection = new Selection();
  readonly #node: string | undefined;

  constructor(node: string | undefined) {
    this.#node = node;
  }

  setControl({ name, object }: Control): void {
    this.selection.setControl(name, object.appliedTo);
  }
  deleteControl(name: string): void {
    this.selection.deleteControl(name);
  }
  setPod(pod: PodObject): void {
    if (selectable(pod, this.#node)) this.selection.setPod(pod);
    else this.selection.deletePod(podKey(pod));
  }
  deletePod(key: string): void {
    this.selection.deletePod(key);
  }
  setNamespace(namespace: NamespaceObject): void {
    this.selection.setNamespace(namespace);
  }
  deleteNamespace(name: string): void {
    this.selection.deleteNamespace(name);
  }
}
