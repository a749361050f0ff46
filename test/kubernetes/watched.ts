/** Consumes one kind of objects from the source `kubernetes`. @module */
import type { Kind, ObjectEvent, Source, SourceOptions } from "../../core/api.ts";
import kubernetes from "../../plugins/sources/kubernetes.ts";
import { join } from "node:path";
import { eventually } from "../lab/ovs.ts";
import type { KubeApiServer } from "./kube_apiserver.ts";
import { kubeconfig } from "./server_files.ts";

/** A consumer: it keeps the objects that the source has given, and the types of the events. */
export class Watched implements AsyncDisposable {
  /** By name, without the Namespace. */
  // deno-lint-ignore no-explicit-any -- objects of Kubernetes
  readonly objects = new Map<string, any>();
  readonly events: ObjectEvent["type"][] = [];
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  static by(options: SourceOptions, kind: Kind): Watched {
    return new Watched(kubernetes.create(options), kind);
  }

  /** @param url Address of a proxy in front of the server. */
  static async through(
    server: KubeApiServer,
    { url }: { readonly url: string },
    kind: Kind = "Namespace",
    options: SourceOptions = {},
  ): Promise<Watched> {
    const file = join(server.dir, `kubeconfig-${crypto.randomUUID()}`);
    await Deno.writeTextFile(file, JSON.stringify(kubeconfig(server, { url })));
    return Watched.by({ kubeconfig: file, node: "node1", ...options }, kind);
  }

  /** The messages of the source's issues now. */
  issues(): string {
    return this.source.issues!().map(({ message }) => message).join("\n");
  }

  private constructor(readonly source: Source, kind: Kind) {
    this.#done = this.#follow(source.watch(kind, this.#stop.signal));
  }

  async #follow(events: AsyncIterable<ObjectEvent>): Promise<void> {
    for await (const event of events) {
      this.events.push(event.type);
      if (event.type === "delete") this.objects.delete(event.key.name);
      if (event.type === "snapshot") this.objects.clear();
      const set = event.type === "set"
        ? [event.object]
        : event.type === "snapshot"
        ? event.objects
        : []; // deno-fmt-ignore
      // deno-lint-ignore no-explicit-any -- objects of Kubernetes
      for (const object of set as any[]) this.objects.set(object.metadata.name, object);
    }
  }

  /** Waits until a snapshot has come and the objects are as wanted. */
  async sees(what: string, seen: (objects: Watched["objects"]) => boolean): Promise<void> {
    await eventually(what, () => this.events.length > 0 && seen(this.objects), 15_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }
}
