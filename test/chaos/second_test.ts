/** The oracle of two agents. */
import assert from "node:assert/strict";
import { assertWritesWithLock } from "./second.ts";

const at = (text: string) => `2026-01-01T00:00:00.000Z info    ${text}`;
const LOCKED = at("Bridge locked bridge=br0");
const WAITS = at('Blocked: nothing is written bridge=br0 reason=AnotherAgent message="..."');
const WRITES = [
  "Flows changed added=1 modified=0 deleted=0 total=1",
  "Port added port=tap0 kind=ovsInternal",
  "Port removed port=tap0",
  "Port is up port=tap0 ofport=3",
  "Flooding stopped port=tap0",
].map(at);

Deno.test("an agent may write while it has the lock, and must not before, nor after it has lost it", () => {
  assertWritesWithLock([at("Agent started bridge=br0"), WAITS, LOCKED, ...WRITES, WAITS]);
  for (const line of WRITES) {
    assert.throws(() => assertWritesWithLock([line]), /without the lock/);
    assert.throws(() => assertWritesWithLock([LOCKED, WAITS, line]), /without the lock/);
  }
});
