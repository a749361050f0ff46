import assert from "node:assert/strict";
import { readText, TooLargeError } from "./body.ts";

const NEVER = new AbortController().signal;

/** A body of so many pieces of 10 bytes; without a number it never ends. */
function pieces(count = Infinity): Response {
  let left = count;
  const piece = new TextEncoder().encode("0123456789");
  return new Response(
    new ReadableStream({
      pull: (body) => left-- > 0 ? body.enqueue(piece) : body.close(),
    }),
  );
}

Deno.test("a body that is as large as allowed is read, a larger one is not, nor one without an end", async () => {
  assert.equal((await readText(pieces(10), 100, NEVER)).length, 100);
  await assert.rejects(readText(pieces(11), 100, NEVER), TooLargeError);
  await assert.rejects(readText(pieces(), 100, NEVER), TooLargeError);
});

Deno.test("characters that stand in two pieces are read whole; no body is an empty text", async () => {
  const [first, second] = [new Uint8Array([0xe4, 0xb8]), new Uint8Array([0x96])];
  const body = ReadableStream.from([first, second]);
  assert.equal(await readText(new Response(body), 100, NEVER), "世");
  assert.equal(await readText(new Response(null), 100, NEVER), "");
});

Deno.test("the signal ends the reading of a body that does not go on", async () => {
  const stop = new AbortController();
  const reading = readText(new Response(new ReadableStream()), 100, stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(reading, /^Error: enough$/);
});
