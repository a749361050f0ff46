/** Which ports of the bridge belong to which Pods. @module */
import type { PodKey } from "../../objects/types.ts";

/** An index of Pods by the names of their ports. */
export class PodPorts {
  readonly #pods = new Map<string, Set<PodKey>>();
  readonly #ports = new Map<PodKey, readonly string[]>();

  /** From now on the Pod has exactly these ports. */
  set(pod: PodKey, ports: readonly string[]): void {
    for (const port of this.#ports.get(pod) ?? []) this.#remove(port, pod);
    for (const port of ports) this.#pods.set(port, this.podsWith(port).add(pod));
    if (ports.length > 0) this.#ports.set(pod, ports);
    else this.#ports.delete(pod);
  }

  #remove(port: string, pod: PodKey): void {
    const pods = this.#pods.get(port);
    pods?.delete(pod);
    if (pods?.size === 0) this.#pods.delete(port);
  }

  isPodPort(port: string): boolean {
    return this.#pods.has(port);
  }
  podsWith(port: string): Set<PodKey> {
    return this.#pods.get(port) ?? new Set();
  }
}
