/**
 * A relay of a unix socket of Open vSwitch that knows the messages on it, so that a test can lose, hold back or cut at
 * one kind of message.
 * @module
 */
import { JsonSplitter } from "../../core/ovsdb/json_splitter.ts";
import { FrameReader, HEADER_BYTES } from "../../core/openflow/messages/header.ts";

/** Who sends a message: the client, which has connected to the relay, or the server behind it. */
export type Sender = "client" | "server";

/** One message: its bytes, and a name that a test can match. */
export interface Message {
  readonly sender: Sender;
  /** The type of an OpenFlow message as a number; the method of a JSON-RPC message, or `answer`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What becomes of a message. `cut` closes its connection in its place. */
export type Fate = "pass" | "swallow" | "cut";

/** Takes bytes of one direction. @returns The messages that are complete now. */
type Splitter = (bytes: Uint8Array) => Pick<Message, "name" | "bytes">[];

/** Messages of OpenFlow, which have their length in the header. */
function openflow(): Splitter {
  const frames = new FrameReader();
  return (bytes) => {
    frames.push(bytes);
    const messages: Pick<Message, "name" | "bytes">[] = [];
    for (let frame; (frame = frames.next());) {
      const whole = new Uint8Array(HEADER_BYTES + frame.body.length);
      const view = new DataView(whole.buffer);
      view.setUint8(0, frame.version);
      view.setUint8(1, frame.type);
      view.setUint16(2, whole.length);
      view.setUint32(4, frame.xid);
      whole.set(frame.body, HEADER_BYTES);
      messages.push({ name: String(frame.type), bytes: whole });
    }
    return messages;
  };
}

/** Messages of JSON-RPC. */
function jsonRPC(): Splitter {
  const splitter = new JsonSplitter();
  return (bytes) =>
    (splitter.push(bytes) as { method?: string }[]).map((message) => ({
      name: message.method ?? "answer",
      bytes: new TextEncoder().encode(JSON.stringify(message)),
    }));
}

const PROTOCOLS = { openflow, jsonRPC } as const;

export class MessageRelay implements AsyncDisposable {
  readonly #path: string;
  readonly #target: string;
  readonly #protocol: keyof typeof PROTOCOLS;
  readonly #listener: Deno.UnixListener;
  readonly #open = new Set<Deno.Conn>();
  readonly #accepting: Promise<void>;
  /** Decides about each message. */
  fate: (message: Message) => Fate = () => "pass";
  /** When each connection was made, in milliseconds. */
  readonly accepted: number[] = [];

  /** @param target The path of the server's socket. The relay's own one is beside it. */
  constructor(protocol: keyof typeof PROTOCOLS, target: string) {
    this.#protocol = protocol;
    this.#target = target;
    this.#path = `${target}.relay`;
    this.#listener = Deno.listen({ transport: "unix", path: this.#path });
    this.#accepting = this.#accept();
  }

  /** The address at which a client reaches the server through the relay. */
  get address(): string {
    return `unix:${this.#path}`;
  }

  async #accept(): Promise<void> {
    const serving: Promise<unknown>[] = [];
    try {
      for await (const near of this.#listener) {
        this.accepted.push(performance.now());
        serving.push(this.#serve(near));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
    await Promise.all(serving);
  }

  async #serve(near: Deno.Conn): Promise<void> {
    this.#open.add(near);
    try {
      const far = await Deno.connect({ transport: "unix", path: this.#target });
      this.#open.add(far);
      await Promise.race([this.#pump("client", near, far), this.#pump("server", far, near)]);
      this.#close(far);
    } catch {
      // No server listens, or one side has closed.
    }
    this.#close(near);
  }

  async #pump(sender: Sender, from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const split = PROTOCOLS[this.#protocol]();
    const buffer = new Uint8Array(65_536);
    try {
      for (let length; (length = await from.read(buffer)) !== null;) {
        for (const message of split(buffer.subarray(0, length))) {
          const fate = this.fate({ sender, ...message });
          if (fate === "cut") return;
          if (fate === "pass") await write(to, message.bytes);
        }
      }
    } catch {
      // One side has closed.
    }
  }

  #close(conn: Deno.Conn): void {
    if (this.#open.delete(conn)) conn.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#open) this.#close(conn);
    await this.#accepting;
  }
}

async function write(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}
