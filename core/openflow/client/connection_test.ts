import "../../../test/lab/environment.ts";
import assert from "node:assert/strict";
import { NotConnectedError, ProtocolError } from "../../base/errors.ts";
import { Writer } from "../fields/binary.ts";
import {
  encodeMessage,
  type Frame,
  FrameReader,
  MESSAGE,
  VERSION_1_5,
} from "../messages/header.ts";
import { writeHello } from "../messages/hello.ts";
import { until } from "../testing/switch.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { OpenFlowError, ProtocolMissingError } from "./openflow_errors.ts";

const HELLO = encodeMessage({ type: MESSAGE.hello, xid: 9 }, (w) => writeHello(w, VERSION_1_5));
const OTHER_HELLO = Uint8Array.fromHex("0100000800000001"); // version 1.0, no bitmap

/** A peer that does as it is told. */
class Peer implements AsyncDisposable {
  readonly #folder = Deno.makeTempDirSync({ prefix: "of" });
  readonly #listener = Deno.listen({ transport: "unix", path: `${this.#folder}/s` });
  #conn: Deno.Conn | undefined;
  #serving: Promise<void> = Promise.resolve();
  readonly received: Frame[] = [];

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

  async send(bytes: Uint8Array): Promise<void> {
    await this.#conn!.write(bytes);
  }

  async #serve(conn: Deno.Conn): Promise<void> {
    const frames = new FrameReader();
    const buffer = new Uint8Array(4096);
    try {
      for (let length; (length = await conn.read(buffer)) !== null;) {
        frames.push(buffer.subarray(0, length));
        for (let frame; (frame = frames.next());) {
          this.received.push({ ...frame, body: frame.body.slice() });
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

Deno.test("a probe of the switch's is answered with its own bytes", async () => {
  await using peer = new Peer();
  await using _connection = await peer.connect(HELLO);
  const probe = { type: MESSAGE.echo_request, xid: 77 };
  await peer.send(encodeMessage(probe, (w) => w.bytes(new Uint8Array([1, 2, 3]))));
  await until("the answer", () => peer.received.length === 2);
  const { type, xid, body } = peer.received[1]!;
  assert.deepEqual([type, xid, [...body]], [MESSAGE.echo_reply, 77, [1, 2, 3]]);
});

Deno.test("messages that come in pieces or together are taken one by one", async () => {
  await using peer = new Peer();
  const seen: number[] = [];
  await using _connection = await peer.connect(HELLO, {
    onFrame: ({ xid }) => void seen.push(xid),
  });
  const writer = new Writer();
  for (const xid of [1001, 1002, 1003]) {
    writer.bytes(encodeMessage({ type: MESSAGE.port_status, xid }, (w) => w.zeros(1000)));
  }
  const bytes = writer.finish();
  for (let at = 0; at < bytes.length; at += 700) await peer.send(bytes.subarray(at, at + 700));
  await until("all of them", () => seen.length === 3);
  assert.deepEqual(seen, [1001, 1002, 1003]);
});

Deno.test("a peer of another version is refused", async () => {
  await using peer = new Peer();
  await assert.rejects(peer.connect(OTHER_HELLO), (error) => {
    assert.ok(error instanceof ProtocolMissingError);
    assert.deepEqual(error.offered, [1]);
    return true;
  });
});

Deno.test("a peer that says nothing is given up", async () => {
  await using peer = new Peer();
  await assert.rejects(peer.connect(new Uint8Array(0), { timeout: 50 }), NotConnectedError);
});

Deno.test.each([
  ["a length that is too small", "0613000400000001"],
  ["another version", "0113000800000001"],
])("%s ends the connection", async (_name, bytes) => {
  await using peer = new Peer();
  await using connection = await peer.connect(HELLO);
  const waiting = assert.rejects(connection.request(MESSAGE.barrier_request), ProtocolError);
  await peer.send(Uint8Array.fromHex(bytes));
  assert.ok(await connection.closed instanceof ProtocolError);
  await waiting;
});

Deno.test("a refused request fails alone, with the name of the error", async () => {
  await using peer = new Peer();
  await using connection = await peer.connect(HELLO);
  const first = connection.request(MESSAGE.barrier_request);
  const second = connection.request(MESSAGE.barrier_request);
  await until("both", () => peer.received.length === 3);
  const [, one, two] = peer.received;
  await peer.send(encodeMessage({ type: MESSAGE.error, xid: one!.xid }, (w) => w.u16(1).u16(5)));
  await assert.rejects(first, (error) => {
    assert.ok(error instanceof OpenFlowError);
    assert.equal(error.errorName, "OFPBRC_EPERM");
    return true;
  });
  await peer.send(encodeMessage({ type: MESSAGE.barrier_reply, xid: two!.xid }));
  await second;
});
