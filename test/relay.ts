/** A relay of TCP connections that begins in another network namespace, and what can go wrong on the way. @module */
import { inNamespace } from "./packets.ts";

interface Connection {
  readonly near: Deno.TcpConn;
  readonly far: Deno.TcpConn;
}

/** Listens on the loopback of a namespace, and passes on to a port of ours. */
export class Relay implements AsyncDisposable {
  readonly #netns: string;
  readonly #target: number;
  #listener: Deno.TcpListener | undefined;
  #accepting: Promise<void> = Promise.resolve();
  #connections = new Map<Connection, Promise<unknown>>();
  /** Bytes wait here as long as it is set. */
  #gate: PromiseWithResolvers<void> | undefined;
  readonly port: number;

  private constructor(netns: string, target: number) {
    this.#netns = netns;
    this.#target = target;
    this.port = this.#listen(0);
  }

  /** @param target A port of our own loopback. */
  static start(netns: string, target: number): Relay {
    return new Relay(netns, target);
  }

  get open(): number {
    return this.#connections.size;
  }

  #listen(port: number): number {
    // A socket is of the namespace that its thread is in when it is made.
    const listener = inNamespace(this.#netns, () => Deno.listen({ hostname: "127.0.0.1", port }));
    this.#listener = listener;
    this.#accepting = this.#accept(listener);
    return listener.addr.port;
  }

  async #accept(listener: Deno.TcpListener): Promise<void> {
    try {
      for await (const near of listener) {
        const far = await Deno.connect({ hostname: "127.0.0.1", port: this.#target }).catch(() =>
          near.close()
        ); // deno-fmt-ignore
        if (!far) continue;
        const connection = { near, far };
        this.#connections.set(connection, this.#serve(connection));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  async #serve(connection: Connection): Promise<void> {
    const { near, far } = connection;
    await Promise.race([this.#pump(near, far), this.#pump(far, near)]);
    close(connection);
    this.#connections.delete(connection);
  }

  async #pump(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      while (true) {
        const length = await from.read(buffer);
        await this.#gate?.promise;
        if (length === null) return;
        for (let written = 0; written < length;) {
          written += await to.write(buffer.subarray(written, length));
        }
      }
    } catch { /* closed under us: the end of both ways */ }
  }

  /** All connections end, and new ones are refused. */
  async down(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.close();
    await this.#accepting;
    await this.drop();
  }
  /** On the same port as before. */
  up(): void {
    this.#listen(this.port);
  }

  /** All connections end; new ones are taken. */
  async drop(): Promise<void> {
    this.heal();
    const serving = [...this.#connections.values()];
    for (const connection of this.#connections.keys()) close(connection);
    await Promise.all(serving);
  }

  /** Connections stay and new ones are taken, but no byte gets through, until it heals. */
  halfOpen(): void {
    this.#gate ??= Promise.withResolvers();
  }
  heal(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
  }
}

function close({ near, far }: Connection): void {
  for (const connection of [near, far]) {
    try {
      connection.close();
    } catch { /* it is closed */ }
  }
}
