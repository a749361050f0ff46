/** A peer on a unix socket that says what the test tells it to, for the tests. @module */
import { Connection, type ConnectionOptions } from "../client/connection.ts";
import {
  encodeMessage,
  type Frame,
  FrameReader,
  MESSAGE,
  VERSION_1_5,
} from "../messages/header.ts";
import { writeHello } from "../messages/hello.ts";

export const HELLO = encodeMessage(
  { type: MESSAGE.hello, xid: 9 },
  (writer) => writeHello(writer, VERSION_1_5),
);

/** What the peer does with a message after the greeting; nothing means that it swallows it. */
export type Behaviour = (frame: Frame, peer: Peer) => Promise<void> | void;

/** Accepts one connection. */
export class Peer implements AsyncDisposable {
  readonly #folder = Deno.makeTempDirSync({ prefix: "of" });
  readonly #listener = Deno.listen({ transport: "unix", path: `${this.#folder}/s` });
  #conn: Deno.Conn | undefined;
  #serving: Promise<void> = Promise.resolve();
  readonly received: Frame[] = [];

  constructor(readonly behaviour: Behaviour = () => {}) {}

  get address(): string {
    return `unix:${this.#folder}/s`;
  }

  /** Connects to it; it says `greeting` at once. */
  async connect(greeting: Uint8Array, options: ConnectionOptions = {}): Promise<Connection> {
    const connecting = Connection.open({ address: this.address, version: VERSION_1_5 }, options);
    connecting.catch(() => {}); // until it is waited for
    this.#conn = await this.#listener.accept();
    this.#serving = this.#serve(this.#conn);
    await this.send(greeting);
    return await connecting;
  }

  /** Sends all of these bytes. An error, because the other side has closed, is none of the peer's business. */
  readonly send = async (bytes: Uint8Array): Promise<void> => {
    try {
      for (let at = 0; at < bytes.length;) at += await this.#conn!.write(bytes.subarray(at));
    } catch {
      // The other side has closed.
    }
  };

  async #serve(conn: Deno.Conn): Promise<void> {
    const frames = new FrameReader();
    const buffer = new Uint8Array(4096);
    try {
      for (let length; (length = await conn.read(buffer)) !== null;) {
        frames.push(buffer.subarray(0, length));
        for (let frame; (frame = frames.next());) {
          const kept = { ...frame, body: frame.body.slice() };
          this.received.push(kept);
          if (kept.type !== MESSAGE.hello) await this.behaviour(kept, this);
        }
      }
    } catch {
      // The other side or we ourselves closed.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#conn?.close();
    } catch {
      // It is closed.
    }
    this.#listener.close();
    await this.#serving;
    Deno.removeSync(this.#folder, { recursive: true });
  }
}
