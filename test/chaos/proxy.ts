/** A relay of a unix socket that knows where messages end, and does to them what bad networks do. @module */

/** @returns The length of the first message; nothing if it is not complete. */
export type Framing = (bytes: Uint8Array) => number | undefined;

/** OpenFlow 1.5.1 section 7.1.1: a header of 8 bytes, whose bytes 2 and 3 are the length of the message. */
export function openflowFraming(bytes: Uint8Array): number | undefined {
  if (bytes.length < 4) return undefined;
  const length = bytes[2]! << 8 | bytes[3]!;
  return bytes.length < length ? undefined : Math.max(length, 4);
}

const [QUOTE, BACKSLASH, OPEN, CLOSE] = [...'"\\{}'].map((char) => char.charCodeAt(0));

/** OVSDB: JSON objects without anything between them (RFC 7047 section 4). */
export function jsonFraming(bytes: Uint8Array): number | undefined {
  let depth = 0, isString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (isString && byte === BACKSLASH) at++;
    else if (byte === QUOTE) isString = !isString;
    else if (!isString && byte === OPEN) depth++;
    else if (!isString && byte === CLOSE && --depth === 0) return at + 1;
  }
  return undefined;
}

/** What happens to each message from the server. */
export type Interference =
  /** Each message waits so many milliseconds. */
  | { readonly kind: "delay"; readonly milliseconds: number }
  /** After so many messages the connection ends; of the last one only the first half comes. */
  | { readonly kind: "cut"; readonly after: number }
  /**
   * No message comes. A server that swallows an answer is found by the deadline of the request. An update of rows that
   * is swallowed belongs to no request: no stream loses it and goes on, so the connection ends then.
   */
  | { readonly kind: "swallow" }
  /** Every so many messages, eight bytes of one are 0xff. */
  | { readonly kind: "corrupt"; readonly every: number }
  /** Nobody listens. */
  | { readonly kind: "refuse" };

const CORRUPTED = 8;
/** What OVSDB tells without a request: updates of rows, and news of locks (ovsdb-server(7), sections 4.1.9 to 4.1.14). */
const UPDATE = /"method":"(update|locked|stolen)/;
const decoder = new TextDecoder();

/** Listens at one unix socket, and connects to another. */
export class Proxy implements AsyncDisposable {
  readonly #connections = new Set<readonly [Deno.Conn, Deno.Conn]>();
  readonly #pumping = new Set<Promise<void>>();
  #listener: Deno.Listener | undefined;
  #accepting: Promise<void> = Promise.resolve();
  #interference: Interference | undefined;
  /** Messages from the server since the interference began. */
  #messages = 0;
  #hasLostUpdates = false;

  private constructor(
    readonly path: string,
    readonly server: string,
    readonly framing: Framing,
  ) {}

  /** @param path Where it listens. @param server The socket to which it connects. */
  static start(path: string, server: string, framing: Framing): Proxy {
    const proxy = new Proxy(path, server, framing);
    proxy.#listen();
    return proxy;
  }

  #listen(): void {
    const listener = Deno.listen({ transport: "unix", path: this.path });
    this.#listener = listener as unknown as Deno.Listener;
    this.#accepting = this.#accept(this.#listener);
  }

  async #accept(listener: Deno.Listener): Promise<void> {
    for await (const near of listener) {
      const far = await Deno.connect({ transport: "unix", path: this.server })
        .catch(() => near.close());
      if (far) this.#relay(near, far);
    }
  }

  #relay(near: Deno.Conn, far: Deno.Conn): void {
    const pair = [near, far] as const;
    this.#connections.add(pair);
    const both = Promise.race([this.#copy(near, far), this.#answers(far, near)])
      .catch(() => {}) // one side has closed the connection: both directions end
      .finally(() => {
        this.#close(pair);
        this.#pumping.delete(both);
      });
    this.#pumping.add(both);
  }

  async #copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(65_536);
    for (let length; (length = await from.read(buffer)) !== null;) {
      await writeAll(to, buffer.subarray(0, length));
    }
  }

  async #answers(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(65_536);
    let rest = new Uint8Array();
    for (let length; (length = await from.read(buffer)) !== null;) {
      rest = joined(rest, buffer.subarray(0, length));
      for (let end; (end = this.framing(rest)) !== undefined;) {
        const message = rest.slice(0, end);
        rest = rest.slice(end);
        if (!await this.#answer(message, to)) return;
      }
    }
  }

  /** @returns Whether the connection goes on. */
  async #answer(message: Uint8Array<ArrayBuffer>, to: Deno.Conn): Promise<boolean> {
    const interference = this.#interference;
    this.#messages++;
    switch (interference?.kind) {
      case "delay":
        await new Promise((resolve) => setTimeout(resolve, interference.milliseconds));
        break;
      case "cut":
        if (this.#messages <= interference.after) break;
        this.#messages = 0;
        await writeAll(to, message.subarray(0, message.length >> 1));
        return false;
      case "swallow":
        this.#hasLostUpdates ||= UPDATE.test(decoder.decode(message));
        return true;
      case "corrupt":
        if (this.#messages % interference.every !== 0) break;
        spoil(message, this.#messages);
        break;
    }
    await writeAll(to, message);
    return true;
  }

  /** From now on, until `heal()`, every message suffers. */
  interfere(interference: Interference): void {
    this.#interference = interference;
    this.#messages = 0;
    if (interference.kind !== "refuse") return;
    this.#listener?.close();
    this.#listener = undefined;
    this.drop();
  }

  /** Messages pass again. Where bytes were changed or updates are lost, the connection ends. */
  async heal(): Promise<void> {
    const kind = this.#interference?.kind;
    this.#interference = undefined;
    if (kind === "corrupt" || this.#hasLostUpdates) this.drop();
    this.#hasLostUpdates = false;
    if (this.#listener) return;
    await this.#accepting;
    await Deno.remove(this.path).catch(() => {});
    this.#listen();
  }

  /** Ends all connections. */
  drop(): void {
    for (const pair of this.#connections) this.#close(pair);
  }

  #close(pair: readonly [Deno.Conn, Deno.Conn]): void {
    if (!this.#connections.delete(pair)) return;
    for (const connection of pair) connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener?.close();
    this.drop();
    await this.#accepting;
    await Promise.all(this.#pumping);
  }
}

/** Which bytes are changed follows from the number of the message, so that a replayed run does the same. */
function spoil(message: Uint8Array, number: number): void {
  const at = number * 31 % message.length;
  message.fill(0xff, at, at + CORRUPTED);
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

async function writeAll(to: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await to.write(bytes.subarray(written));
}
