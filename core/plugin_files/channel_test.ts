import assert from "node:assert/strict";
import { Worker } from "node:worker_threads";
import { eventually } from "../../test/lab/ovs.ts";
import { LIMITS } from "../base/limits.ts";
import { Channel, TooLongError } from "./channel.ts";

Deno.test("two channels of one memory take turns, with texts of any length up to the limit", () => {
  const owner = new Channel();
  const guest = new Channel(owner.memory);
  assert.equal(owner.fromGuest(1), undefined, "the guest has not written yet");
  for (const text of ["", "zwölf \u{1f98a}", "x".repeat(1_000_000), "short again"]) {
    guest.toOwner(text);
    assert.equal(owner.fromGuest(0), text);
    assert.equal(guest.fromOwner(1), undefined, "it is the owner's turn");
    owner.toGuest(`${text}!`);
    assert.equal(guest.fromOwner(0), `${text}!`);
  }
  assert.throws(() => guest.toOwner("x".repeat(LIMITS.pluginMessage + 1)), TooLongError);
  guest.toOwner("it can still be used");
  assert.equal(owner.fromGuest(0), "it can still be used");
});

/** Elements of the memory that the waking thread has in common with the test. */
const [STOPPED, WAKES, ELEMENTS] = [0, 1, 2];
/** Wakes who waits for the turn, again and again, until it is told to stop. It never passes the turn. */
const WAKING = `
const { workerData: { memory, shared } } = require("node:worker_threads");
const turn = new Int32Array(memory, 0, 1);
const state = new Int32Array(shared);
while (Atomics.load(state, ${STOPPED}) === 0) {
  Atomics.notify(turn, 0);
  Atomics.add(state, ${WAKES}, 1);
  Atomics.wait(state, ${STOPPED}, 0, 1);
}`;

Deno.test("a thread that is woken before its turn waits on, and does not read its own text", async () => {
  const owner = new Channel();
  const guest = new Channel(owner.memory);
  const state = new Int32Array(new SharedArrayBuffer(ELEMENTS * Int32Array.BYTES_PER_ELEMENT));
  const workerData = { memory: owner.memory, shared: state.buffer };
  const worker = new Worker(WAKING, { eval: true, workerData });
  const wakes = () => Atomics.load(state, WAKES);
  try {
    await eventually("it wakes", () => wakes() > 0);
    guest.toOwner("the first text");
    owner.toGuest("a call");
    const before = wakes();
    assert.equal(owner.fromGuest(50), undefined, "the guest has not answered");
    assert.ok(wakes() > before, "it was woken while it waited");
  } finally {
    Atomics.store(state, STOPPED, 1);
    await worker.terminate();
  }
});
