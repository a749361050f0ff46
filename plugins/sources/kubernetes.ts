/** The source of a Kubernetes cluster's objects: TrafficControls, Namespaces, and the Pods of this node. @module */
import {
  Bell,
  defineSource,
  type Diagnosis,
  type Kind,
  LIMITS,
  type NodeReports,
  type ObjectEvent,
  type Source,
  type SourceIssue,
  type SourceOptions,
  TerminalError,
} from "../../core/api.ts";
import { ApiServer } from "./kubernetes/api_server.ts";
import { KubernetesClusterWatch } from "./kubernetes/cluster_watch.ts";
import { diagnose } from "./kubernetes/diagnosis.ts";
import { KnownControls } from "./kubernetes/known_controls.ts";
import { Election } from "./kubernetes/lease.ts";
import { listWatch } from "./kubernetes/list_watch.ts";
import { publishNodeStatus } from "./kubernetes/node_status.ts";
import { Pace } from "./kubernetes/pace.ts";
import { resourceOf } from "./kubernetes/resources.ts";
import { Summarizer } from "./kubernetes/summarizer.ts";

/** The Namespace of the Lease, if the environment does not name it. */
const NAMESPACE = "sluice-system";
const leaseNamespace = () => Deno.env.get("POD_NAMESPACE") || NAMESPACE;

class KubernetesSource implements Source {
  readonly name = "kubernetes";
  readonly #controls = new KnownControls();
  readonly #options: SourceOptions & { readonly node: string };
  #server: Promise<ApiServer> | undefined;
  #users = 0;
  /** Ends the streams of a kind, which then begin again with a snapshot. */
  readonly #again = new Map<Kind, Set<AbortController>>();
  /** The present problems, by what fails, e.g. `Pods` or `Lease`. */
  #problems = new Map<string, Error>();

  constructor(options: SourceOptions & { readonly node: string }) {
    this.#options = options;
  }

  /** The connection that all watches and `publish` share. It is closed when the last of them leaves. */
  #connect(): Promise<ApiServer> {
    this.#users++;
    return this.#server ??= ApiServer.from(this.#options.kubeconfig);
  }
  async #leave(): Promise<void> {
    if (--this.#users > 0) return;
    const server = this.#server;
    this.#server = undefined;
    (await server)?.[Symbol.dispose]();
  }

  issues(): readonly SourceIssue[] {
    return [...this.#problems].map(([what, { message }]) => ({ file: what, message }));
  }

  #note(what: string, problem: Error | undefined): void {
    if (problem) this.#problems.set(what, problem);
    else this.#problems.delete(what);
  }

  async *watch(kind: Kind, signal: AbortSignal): AsyncGenerator<ObjectEvent> {
    const { node } = this.#options;
    const onState = (problem: Error | undefined) => this.#note(`${kind}s`, problem);
    const server = await this.#connect();
    try {
      while (!signal.aborted) {
        const both = AbortSignal.any([signal, this.#untilAgain(kind)]);
        const options = { signal: both, silence: this.#silence, onState };
        for await (const event of listWatch(server, resourceOf(kind, node), options)) {
          const mine = kind === "TrafficControl" ? this.#controls.take(event) : event;
          if (mine) yield mine;
        }
      }
    } finally {
      await this.#leave();
    }
  }

  giveAgain(kind: Kind): void {
    const streams = this.#again.get(kind);
    this.#again.delete(kind);
    for (const stream of streams ?? []) stream.abort();
  }

  #untilAgain(kind: Kind): AbortSignal {
    const stream = new AbortController();
    this.#again.set(kind, (this.#again.get(kind) ?? new Set()).add(stream));
    return stream.signal;
  }

  /** Writes this node's status object. If this agent is elected, it also writes the status of all TrafficControls. */
  async publish(reports: NodeReports, signal: AbortSignal): Promise<void> {
    const { node } = this.#options;
    const server = await this.#connect();
    const bell = new Bell();
    const pace = new Pace(() => bell.ring());
    const noting = (what: string) => (problem: Error | undefined) => this.#note(what, problem);
    const election = new Election({
      server,
      signal,
      namespace: leaseNamespace(),
      identity: `${node} ${crypto.randomUUID()}`,
      pace,
      onState: noting("Lease"),
    });
    const lead = (term: AbortSignal) => {
      const onState = (what: string, problem: Error | undefined) => this.#note(what, problem);
      const controls = this.#controls;
      return new Summarizer({ server, controls, pace, silence: this.#silence, onState }).run(term);
    };
    try {
      await Promise.all([
        publishNodeStatus(reports, {
          server,
          node,
          pace,
          bell,
          signal,
          silence: this.#silence,
          onState: noting("Status of this node"),
          onAnother: noting("Name of this node"),
          onWatch: noting("Watch of the status of this node"),
        }),
        election.run(lead),
      ]);
    } finally {
      await this.#leave();
    }
  }

  diagnose(signal: AbortSignal): Promise<readonly Diagnosis[]> {
    const { node, kubeconfig, annotations = new Map() } = this.#options;
    return diagnose({ kubeconfig, node, namespace: leaseNamespace(), annotations, signal });
  }

  get #silence(): number {
    const { silence } = this.#options;
    return silence === undefined ? LIMITS.silence : silence * 1000;
  }
}

export default defineSource({
  name: "kubernetes",
  docs: "Watches a Kubernetes API server, and writes the state of the objects back to it.",
  watchCluster: (options) => new KubernetesClusterWatch(options),
  create: ({ node, ...options }) => {
    if (node !== undefined) return new KubernetesSource({ ...options, node });
    throw new TerminalError('Cannot use source "kubernetes": --node is not given, nor NODE_NAME');
  },
  openCluster: async (options) => {
    const { openCluster } = await import("./kubernetes/cluster_reader.ts"); // no agent needs it
    return await openCluster(options);
  },
});
