import "../../test/lab/environment.ts";
import assert from "node:assert/strict";
import { NotConnectedError, ProtocolError } from "../base/errors.ts";
import { dial, Stream } from "../base/stream.ts";
import { JsonSplitter } from "./json_splitter.ts";
import { JsonRpc, RpcError } from "./jsonrpc.ts";

const bytesOf = (value: string) => new TextEncoder().encode(value);

interface Pair extends AsyncDisposable {
  readonly rpc: JsonRpc;
  readonly running: Promise<Error | undefined>;
  readonly notifications: unknown[];
  /** The server's end. */
  readonly peer: Deno.Conn;
}

/** A client and the end of the socket that a server would have. */
async function connected(): Promise<Pair> {
  const folder = await Deno.makeTempDir({ prefix: "rpc" });
  const path = `${folder}/s`;
  using listener = Deno.listen({ transport: "unix", path });
  const stream = new Stream(await dial(`unix:${path}`));
  const peer = await listener.accept();
  const notifications: unknown[] = [];
  const rpc = new JsonRpc(stream, {
    address: `unix:${path}`,
    onNotification: (method, params) => notifications.push([method, params]),
  });
  const running = rpc.run();
  async function dispose(): Promise<void> {
    stream.close();
    await running;
    peer.close();
    await Deno.remove(folder, { recursive: true });
  }
  return { rpc, running, notifications, peer, [Symbol.asyncDispose]: dispose };
}

/** The next messages that the client sent. */
async function receive(peer: Deno.Conn): Promise<unknown[]> {
  const buffer = new Uint8Array(65536);
  return new JsonSplitter().push(buffer.subarray(0, await peer.read(buffer) ?? 0));
}

async function send(peer: Deno.Conn, ...messages: unknown[]): Promise<void> {
  await peer.write(bytesOf(messages.map((message) => JSON.stringify(message)).join("")));
}

Deno.test("JsonRpc gives each answer to its own request, in whatever order they come", async () => {
  await using pair = await connected();
  const [first, second] = [pair.rpc.request("a", []), pair.rpc.request("b", [1])];
  const sent = await receive(pair.peer);
  assert.deepEqual(sent[0], { method: "a", params: [], id: 1 });
  await send(
    pair.peer,
    { id: 2, result: "second", error: null },
    { id: 1, result: "first", error: null },
  );
  assert.deepEqual(await Promise.all([first, second]), ["first", "second"]);
});

Deno.test("JsonRpc rejects with what the peer says went wrong", async () => {
  await using pair = await connected();
  const request = pair.rpc.request("a", []);
  await receive(pair.peer);
  await send(pair.peer, { id: 1, result: null, error: { error: "unknown database" } });
  await assert.rejects(
    request,
    (error) => error instanceof RpcError && error.message.includes("unknown database"),
  );
});

Deno.test("JsonRpc answers the peer's echo and passes notifications on", async () => {
  await using pair = await connected();
  await send(
    pair.peer,
    { id: "echo", method: "echo", params: ["x"] },
    { id: null, method: "update3", params: [1] },
  );
  assert.deepEqual(await receive(pair.peer), [{ result: ["x"], error: null, id: "echo" }]);
  assert.deepEqual(pair.notifications, [["update3", [1]]]);
});

Deno.test("JsonRpc ends with a ProtocolError at garbage, and all requests with it", async () => {
  await using pair = await connected();
  const request = assert.rejects(pair.rpc.request("a", []), NotConnectedError);
  await pair.peer.write(bytesOf("garbage"));
  assert(await pair.running instanceof ProtocolError);
  await request;
});

Deno.test("JsonRpc rejects a request whose peer goes while it does not read", async () => {
  await using pair = await connected();
  const request = assert.rejects(
    pair.rpc.request("a", ["x".repeat(4_000_000)]), // more than a socket holds
    NotConnectedError,
  );
  const small = assert.rejects(pair.rpc.request("b", []), NotConnectedError);
  await pair.peer.closeWrite();
  await Promise.all([request, small]);
});

Deno.test("JsonRpc ignores an answer that nobody waits for", async () => {
  await using pair = await connected();
  await send(pair.peer, { id: 9, result: {}, error: null });
  const request = pair.rpc.request("a", []);
  await receive(pair.peer);
  await send(pair.peer, { id: 1, result: 5, error: null });
  assert.equal(await request, 5);
});
