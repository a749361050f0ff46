import assert from "node:assert/strict";
import { NotConnectedError } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import { dial, Stream } from "./stream.ts";

Deno.test("a stream to a peer that does not read is closed when too much waits for it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "stream" });
  using listener = Deno.listen({ transport: "unix", path: `${folder}/s` });
  using stream = new Stream(await dial(`unix:${folder}/s`));
  using _peer = await listener.accept();
  const piece = new Uint8Array(LIMITS.outbox / 4);
  const sent = [1, 2, 3, 4].map(() => assert.rejects(stream.send(piece), NotConnectedError));
  assert.equal(stream.closed, false);
  const last = assert.rejects(stream.send(new Uint8Array(1)), NotConnectedError);
  assert.equal(stream.closed, true);
  await Promise.all([...sent, last]);
  await Deno.remove(folder, { recursive: true });
});

/** A connection that takes everything, and notes how many bytes each write has. */
function noting(): { readonly conn: Deno.Conn; readonly writes: number[] } {
  const writes: number[] = [];
  const write = (bytes: Uint8Array) => Promise.resolve(writes.push(bytes.length) && bytes.length);
  return { conn: { write, close() {} } as unknown as Deno.Conn, writes };
}

Deno.test("small pieces that are sent in one turn are one write, and large ones are not copied", async () => {
  const { conn, writes } = noting();
  using stream = new Stream(conn);
  await Promise.all([3, 4, 5].map((length) => stream.send(new Uint8Array(length))));
  await stream.send(new Uint8Array(6));
  const large = 1024 * 1024;
  await Promise.all([large, 7].map((length) => stream.send(new Uint8Array(length))));
  assert.deepEqual(writes, [12, 6, large, 7]);
});

Deno.test("pieces that come while a write is under way are the next write, in their order", async () => {
  const [written, begun] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const all: number[] = [];
  const write = async (bytes: Uint8Array) => {
    begun.resolve();
    await written.promise;
    all.push(...bytes, -1);
    return bytes.length;
  };
  using stream = new Stream({ write, close() {} } as unknown as Deno.Conn);
  const first = stream.send(new Uint8Array([1]));
  await begun.promise;
  const others = [2, 3].map((byte) => stream.send(new Uint8Array([byte])));
  written.resolve();
  await Promise.all([first, ...others]);
  assert.deepEqual(all, [1, -1, 2, 3, -1]);
});
