/** Many nodes that only report: each writes its status and looks at the Lease as an agent does, over real HTTP. @module */
import { Bell, delay, type NodeReport } from "../../core/api.ts";
import { ApiServer } from "../../plugins/sources/kubernetes/api_server.ts";
import { type KubeObject, listWatch } from "../../plugins/sources/kubernetes/list_watch.ts";
import { publishNodeStatus } from "../../plugins/sources/kubernetes/node_status.ts";
import { Pace } from "../../plugins/sources/kubernetes/pace.ts";
import { LEASE, TC } from "./paths.ts";
import type { KubeApiServer } from "./kube_apiserver.ts";

/** Nodes that share one connection: a server allows each connection a limited number of watches at a time. */
const NODES_PER_CLIENT = 50;
const SILENCE = 60_000;

export class StatusWriters implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #bells: Bell[] = [];
  readonly #clients: ApiServer[] = [];
  #running: Promise<unknown> = Promise.resolve();
  /** What each node reports: all nodes realize each TrafficControl as soon as they know it. */
  #report: NodeReport = { bridge: "br0", version: "0.0.0", controls: [] };
  readonly #generations = new Map<string, number>();

  /** @param prefix Of the names of the nodes, which a number follows. */
  static async start(server: KubeApiServer, count: number, prefix = "w"): Promise<StatusWriters> {
    const writers = new StatusWriters();
    const running: Promise<void>[] = [];
    for (let index = 0; index < count; index++) {
      if (index % NODES_PER_CLIENT === 0) {
        writers.#clients.push(await ApiServer.from(server.kubeconfig));
      }
      running.push(...writers.#node(`${prefix}${index}`, writers.#clients.at(-1)!));
    }
    running.push(writers.#followControls(writers.#clients[0]!));
    writers.#running = Promise.all(running);
    return writers;
  }

  #node(node: string, server: ApiServer): Promise<void>[] {
    const { signal } = this.#stop;
    const [changes, bell] = [new Bell(), new Bell()];
    this.#bells.push(changes);
    const pace = new Pace(() => bell.ring());
    const reports = {
      changed: (signal: AbortSignal) => changes.heard(signal),
      read: () => this.#report,
    };
    const quiet = { onState: () => {}, onAnother: () => {}, onWatch: () => {} };
    const options = { server, node, pace, bell, silence: SILENCE, signal, ...quiet };
    return [publishNodeStatus(reports, options), this.#look(server, pace)];
  }

  /** Looks at the Lease as an agent does that is never elected. */
  async #look(server: ApiServer, pace: Pace): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const lease = await server.json(LEASE, { signal }).catch(() => undefined);
      const { metadata, spec } = Object(lease);
      pace.hear({ holder: spec?.holderIdentity, annotations: metadata?.annotations });
      await delay(pace.untilLook(), signal);
    }
  }

  /** All nodes share one watch of TrafficControls. */
  async #followControls(server: ApiServer): Promise<void> {
    const { signal } = this.#stop;
    const resource = { path: TC, slim: ({ metadata }: KubeObject) => metadata };
    const options = { signal, silence: SILENCE, onState: () => {} };
    for await (const event of listWatch(server, resource, options)) {
      const isNew = event.type === "delete"
        ? this.#generations.delete(event.key.name)
        : this.#set(event.type === "set" ? [event.object] : event.objects);
      if (!isNew) continue; // Only a status has changed
      this.#report = { ...this.#report, controls: this.#controls() };
      for (const bell of this.#bells) bell.ring();
    }
  }
  /** @returns Whether one of them is new, or has a new generation. */
  #set(objects: readonly unknown[]): boolean {
    let isNew = false;
    for (const object of objects) {
      const { name, generation } = object as { name: string; generation: number };
      isNew ||= this.#generations.get(name) !== generation;
      this.#generations.set(name, generation);
    }
    return isNew;
  }

  #controls(): NodeReport["controls"] {
    const common = { realized: true, conditions: [], pods: 1, ports: ["tap0"] };
    return [...this.#generations].sort(([a], [b]) => a < b ? -1 : 1)
      .map(([name, generation]) => ({ name, generation, ...common }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    for (const client of this.#clients) client[Symbol.dispose]();
  }
}
