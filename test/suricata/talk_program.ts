/** Talks over one TCP connection: sends a byte, waits until it comes back, and prints how many have. @module */
import { delay } from "../../core/base/timer.ts";

/** Milliseconds between an answer and the next byte. */
const PAUSE = 10;

const connection = await Deno.connect({ hostname: Deno.args[0]!, port: 7 });
const byte = new Uint8Array(1);
for (let answers = 1;; answers++) {
  await connection.write(byte);
  if (await connection.read(byte) === null) throw new Error("The connection has ended");
  console.log(answers);
  await delay(PAUSE);
}
