/** Objects of a Kubernetes cluster: TrafficControls and Namespaces, and the Pods of this node. @module */
import {
  defineSource,
  type Kind,
  type ObjectEvent,
  type Source,
  type SourceIssue,
  type SourceOptions,
  TerminalError,
} from "../../core/api.ts";
import { ApiServer } from "./kubernetes/api_server.ts";
import { listWatch } from "./kubernetes/list_watch.ts";
import { resourceOf } from "./kubernetes/resources.ts";

/** Seconds: the server sends a bookmark each minute. */
const SILENCE = 90;

class KubernetesSource implements Source {
  readonly name = "kubernetes";
  readonly #options: SourceOptions & { readonly node: string };
  #server: Promise<ApiServer> | undefined;
  #users = 0;
  /** Why something does not get on, by what it is. */
  #problems = new Map<string, Error>();

  constructor(options: SourceOptions & { readonly node: string }) {
    this.#options = options;
  }

  /** One for all that is watched and told, as long as there is any. */
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
    const { node, silence = SILENCE } = this.#options;
    const onState = (problem: Error | undefined) => this.#note(`${kind}s`, problem);
    const server = await this.#connect();
    try {
      yield* listWatch(server, resourceOf(kind, node), {
        signal,
        silence: silence * 1000,
        onState,
      });
    } finally {
      await this.#leave();
    }
  }
}

export default defineSource({
  name: "kubernetes",
  docs: "Watches a Kubernetes API server, and tells it what each node has made of the objects.",
  create: ({ node, ...options }) => {
    if (node !== undefined) return new KubernetesSource({ ...options, node });
    throw new TerminalError('Cannot use source "kubernetes": --node is not given, nor NODE_NAME');
  },
});
