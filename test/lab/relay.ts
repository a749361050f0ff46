/** A relay of TCP connections that begins in another network namespace, and what can go wrong on the way. @module */
import { inNamespace } from "./packets.ts";
import { listenOnFree } from "./ports.ts";

interface Connection {
  readonly near: Deno.TcpConn;
  readonly far: Deno.TcpConn;
  /** Bytes wait here as long as it is set. */
  gate?: PromiseWithResolvers<void>;
}

/** Listens on the loopback of a namespace, or our own, and passes on to a port of ours. */
export class Relay implements AsyncDisposable {
  readonly #netns: string | undefined;
  readonly #target: number;
  #listener: Deno.TcpListener | undefined;
  #accepting: Promise<void> = Promise.resolve();
  #connections = new Map<Connection, Promise<unknown>>();
  /** The same, of all connections. */
  #gate: PromiseWithResolvers<void> | undefined;
  readonly port: number;
  /** Connections so far. */
  accepted = 0;

  private constructor(netns: string | undefined, target: number) {
    this.#netns = netns;
    this.#target = target;
    this.port = this.#listen();
  }

  /** @param target A port of our own loopback. */
  static start(netns: string | undefined, target: number): Relay {
    return new Relay(netns, target);
  }

  get open(): number {
    return this.#connections.size;
  }

  /** @param port One that it had before. */
  #listen(port?: number): number {
    // A socket is of the namespace that its thread is in when it is made.
    const listen = () =>
      port === undefined ? listenOnFree() : Deno.listen({ hostname: "127.0.0.1", port });
    const listener = this.#netns === undefined ? listen() : inNamespace(this.#netns, listen);
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
        this.accepted++;
        const connection = { near, far };
        this.#connections.set(connection, this.#serve(connection));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  async #serve(connection: Connection): Promise<void> {
    const { near, far } = connection;
    const pump = (from: Deno.TcpConn, to: Deno.TcpConn) => this.#pump(from, to, connection);
    await Promise.race([pump(near, far), pump(far, near)]);
    close(connection);
    this.#connections.delete(connection);
  }

  async #pump(from: Deno.TcpConn, to: Deno.TcpConn, connection: Connection): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      while (true) {
        const length = await from.read(buffer);
        await this.#gate?.promise;
        await connection.gate?.promise;
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

  /** No byte gets through connections that are there, ever; new ones work, as when a firewall has forgotten the old. */
  strand(): void {
    for (const connection of this.#connections.keys()) {
      connection.gate ??= Promise.withResolvers();
    }
    this.heal();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
  }
}

function close({ near, far, gate }: Connection): void {
  gate?.resolve();
  for (const connection of [near, far]) {
    try {
      connection.close();
    } catch { /* it is closed */ }
  }
}
