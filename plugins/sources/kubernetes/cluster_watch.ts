/** Watches all TrafficControls and the reports of all nodes, for `sluice web`. It writes nothing. @module */
import {
  Bell,
  type ClusterState,
  type ClusterWatch,
  type ClusterWatchOptions,
  type ControlOnNode,
  harmless,
  LIMITS,
  type ObjectEvent,
} from "../../../core/api.ts";
import { ApiServer } from "./api_server.ts";
import { clusterControl } from "./cluster_controls.ts";
import { type NodeReading, readNode } from "./cluster_nodes.ts";
import { type KubeObject, listWatch, type Resource } from "./list_watch.ts";
import { NODE_STATUSES } from "./node_status.ts";
import { resourceOf } from "./resources.ts";

// deno-lint-ignore no-explicit-any -- an object of the API server, of any form
type Raw = any;

/** Reads one resource into a map by name, and tells which names have changed. */
class Watched<Value> {
  readonly known = new Map<string, Value>();
  readonly #nameOf: (value: Value) => string;

  constructor(nameOf: (value: Value) => string) {
    this.#nameOf = nameOf;
  }

  take(event: ObjectEvent): void {
    if (event.type === "delete") this.known.delete(event.key.name);
    else if (event.type === "set") this.#set(event.object as Value);
    else {
      this.known.clear();
      for (const object of event.objects) this.#set(object as Value);
    }
  }

  #set(value: Value): void {
    this.known.set(this.#nameOf(value), value);
  }
}

export class KubernetesClusterWatch implements ClusterWatch {
  readonly #options: ClusterWatchOptions;
  readonly #bell = new Bell();
  readonly #controls = new Watched<Raw>(({ metadata }) => String(metadata.name));
  readonly #nodes = new Watched<NodeReading>(({ node }) => node.name);
  /** Why something cannot be read, by what it is. */
  readonly #problems = new Map<string, string>();
  #server = "";

  constructor(options: ClusterWatchOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { kubeconfig, context } = this.#options;
    using server = await ApiServer.from(kubeconfig, { context });
    this.#server = server.url;
    const follow = async <Value>(what: string, resource: Resource, into: Watched<Value>) => {
      const onState = (problem: Error | undefined) => this.#note(what, problem);
      for await (
        const event of listWatch(server, resource, { signal, silence: LIMITS.silence, onState })
      ) {
        into.take(event);
        this.#bell.ring();
      }
    };
    await Promise.all([
      follow("TrafficControls", resourceOf("TrafficControl", ""), this.#controls),
      follow(
        "TrafficControlNodeStatuses",
        { path: NODE_STATUSES, slim: (object: KubeObject) => readNode(object) },
        this.#nodes,
      ),
    ]);
  }

  #note(what: string, problem: Error | undefined): void {
    if (problem) this.#problems.set(what, harmless(problem.message, LIMITS.issueText));
    else this.#problems.delete(what);
    this.#bell.ring();
  }

  changed(signal: AbortSignal): Promise<void> {
    return this.#bell.heard(signal);
  }

  state(): ClusterState {
    const onNodes = this.#onNodes();
    const names = [...this.#controls.known.keys()].sort();
    const nodes = [...this.#nodes.known.values()].map(({ node }) => node);
    return {
      server: this.#server,
      trafficControls: names.map((name) =>
        clusterControl(this.#controls.known.get(name), onNodes.get(name) ?? [])
      ),
      nodes: nodes.sort((a, b) => a.name < b.name ? -1 : 1),
      issues: [...this.#problems].map(([what, message]) => `${what}: ${message}`),
    };
  }

  /** What each node says of each TrafficControl, by the names of these. */
  #onNodes(): Map<string, ControlOnNode[]> {
    const found = new Map<string, ControlOnNode[]>();
    for (const { controls } of this.#nodes.known.values()) {
      for (const [name, said] of controls) found.getOrInsertComputed(name, () => []).push(said);
    }
    return found;
  }
}
