/** Follows a files source as the core does, on a folder of a test. Every wait has a bound. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Kind, KINDS, type Memory, type ObjectEvent, type Source } from "../../../core/api.ts";
import files from "../files.ts";

/** Milliseconds for one wait, which is far more than it takes. */
export const BOUND = 10_000;

/** Follows a source as the core does. */
export class Follower implements AsyncDisposable {
  readonly source: Source;
  readonly snapshots = new Map<Kind, number>();
  readonly objects = new Map<string, unknown>();
  readonly events: ObjectEvent[] = [];
  #stop = new AbortController();
  #changed = Promise.withResolvers<void>();
  #done: Promise<unknown>;

  constructor(folder: string, kinds: readonly Kind[] = KINDS, memory?: Memory) {
    this.source = files.create({ folder, ...(memory && { memory }) });
    this.#done = Promise.all(kinds.map((kind) => this.#follow(kind)));
  }

  async #follow(kind: Kind): Promise<void> {
    for await (const event of this.source.watch(kind, this.#stop.signal)) {
      this.events.push(event);
      if (event.type === "snapshot") {
        this.snapshots.set(kind, (this.snapshots.get(kind) ?? 0) + 1);
        for (const object of event.objects) this.#set(object);
      } else if (event.type === "set") this.#set(event.object);
      else this.objects.delete(`${kind} ${event.key.name}`);
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    }
  }

  #set(object: unknown): void {
    const { kind, metadata } = object as { kind: string; metadata: { name: string } };
    this.objects.set(`${kind} ${metadata.name}`, object);
  }

  /** Waits until a condition holds. @returns How many milliseconds it took. */
  async until(what: string, holds: () => boolean): Promise<number> {
    const start = performance.now();
    while (!holds()) {
      const left = BOUND - (performance.now() - start);
      assert.ok(left > 0, `not within ${BOUND} ms: ${what}; there is ${[...this.objects.keys()]}`);
      let timer: number | undefined;
      // Issues cause no event, so the condition is also checked by a timer.
      await Promise.race([
        this.#changed.promise,
        new Promise((resolve) => timer = setTimeout(resolve, 10) as unknown as number),
      ]);
      clearTimeout(timer);
    }
    return performance.now() - start;
  }

  untilNames(...names: string[]): Promise<number> {
    const wanted = names.sort().join();
    return this.until(wanted, () => [...this.objects.keys()].sort().join() === wanted);
  }

  untilIssue(text: RegExp): Promise<number> {
    return this.until(
      `issue ${text}`,
      () =>
        this.source.issues!().some(({ file, line, message }) =>
          text.test(`${file}:${line}: ${message}`)
        ),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }
}

export class Folder implements AsyncDisposable {
  private constructor(readonly path: string) {}
  static async make(): Promise<Folder> {
    return new Folder(await Deno.makeTempDir({ prefix: "slf" }));
  }
  at(name: string): string {
    return join(this.path, name);
  }
  write(name: string, text: string): Promise<void> {
    return Deno.writeTextFile(this.at(name), text);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

export const pod = (name: string, label = "a") =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: {app: ${label}}}\n---\n`;
export const namespace = (name: string) => `kind: Namespace\nmetadata: {name: ${name}}\n---\n`;
