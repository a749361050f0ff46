/** A relay of TCP connections out of another network namespace, which can fail in several ways. @module */
import { inNamespace } from "./packets.ts";
import { listenOnFree } from "./ports.ts";

interface Connection {
  readonly near: Deno.TcpConn;
  readonly far: Deno.TcpConn;
  /** While it is there, no byte of this connection passes until it resolves. */
  gate?: PromiseWithResolvers<void>;
}

/** Listens at 127.0.0.1 in a namespace, or in the test's own one, and connects to a port of the test's 127.0.0.1. */
export class Relay implements AsyncDisposable {
  readonly #netns: string | undefined;
  readonly #target: number;
  #listener: Deno.TcpListener | undefined;
  #accepting: Promise<void> = Promise.resolve();
  #connections = new Map<Connection, Promise<unknown>>();
  /** While it is there, no byte of any connection passes until it resolves. */
  #gate: PromiseWithResolvers<void> | undefined;
  #coming = Promise.withResolvers<number>();
  /** The port at which the relay listens. */
  readonly port: number;
  /** Number of connections that were accepted so far. */
  accepted = 0;

  private constructor(netns: string | undefined, target: number) {
    this.#netns = netns;
    this.#target = target;
    this.port = this.#listen();
  }

  /**
   * Starts a relay.
   *
   * @param netns Name of the namespace in which it listens; if absent, the test's own one.
   * @param target The port of the test's 127.0.0.1 to which it connects.
   */
  static start(netns: string | undefined, target: number): Relay {
    return new Relay(netns, target);
  }

  /** When the next bytes come from the target, before they are passed on: milliseconds of `performance.now()`. */
  coming(): Promise<number> {
    this.#coming = Promise.withResolvers();
    return this.#coming.promise;
  }

  /** Number of connections that are open now. */
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
        if (from === connection.far) this.#coming.resolve(performance.now());
        await this.#gate?.promise;
        await connection.gate?.promise;
        if (length === null) return;
        for (let written = 0; written < length;) {
          written += await to.write(buffer.subarray(written, length));
        }
      }
    } catch { /* one side has closed the connection: both directions end */ }
  }

  /** Ends all connections, and refuses new ones. */
  async down(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.close();
    await this.#accepting;
    await this.drop();
  }
  /** Accepts connections again, on the same port as before. */
  up(): void {
    this.#listen(this.port);
  }

  /** Ends all connections, and accepts new ones. */
  async drop(): Promise<void> {
    this.heal();
    const serving = [...this.#connections.values()];
    for (const connection of this.#connections.keys()) close(connection);
    await Promise.all(serving);
  }

  /** Keeps connections and accepts new ones, but lets no byte pass until `heal()`. */
  halfOpen(): void {
    this.#gate ??= Promise.withResolvers();
  }
  /** Lets bytes pass again after `halfOpen()`. */
  heal(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  /** Lets no byte of the open connections pass any more; new ones work. A firewall that loses its state does that. */
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
