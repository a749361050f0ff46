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
