/**
 * Memory that two threads share, in which they take turns to write a text. A thread can wait for its turn without giving
 * its own tasks a chance to run, so that a call into the other thread is a plain function call.
 * @module
 */
import { LIMITS } from "../base/limits.ts";

/** Bytes in front of the text. */
const HEAD = 64;
const FIRST_SIZE = 64 * 1024;
/** Indexes of the 32-bit numbers in the head. */
const TURN = 0;
const LENGTH = 1;

/** Whose turn it is: who must write next. */
const OWNER = 0;
const GUEST = 1;

/** The text is too long to be passed. */
export class TooLongError extends RangeError {
  override readonly name = "TooLongError";
}

/** Both threads make one from the same memory. The owner begins, when the guest has written its first text. */
export class Channel {
  readonly memory: SharedArrayBuffer;
  readonly #head: Int32Array;

  /** @param memory Of the other thread's channel; absent: new memory, in which it is the guest's turn. */
  constructor(memory?: SharedArrayBuffer) {
    const maxByteLength = HEAD + LIMITS.pluginMessage;
    this.memory = memory ?? new SharedArrayBuffer(FIRST_SIZE, { maxByteLength });
    this.#head = new Int32Array(this.memory, 0, HEAD / Int32Array.BYTES_PER_ELEMENT);
    if (!memory) this.#head[TURN] = GUEST;
  }

  /** Passes a text to the guest, whose turn it is now. */
  toGuest(text: string): void {
    this.#write(text);
    Atomics.store(this.#head, TURN, GUEST);
    Atomics.notify(this.#head, TURN);
  }

  /** Passes a text to the owner, whose turn it is now. */
  toOwner(text: string): void {
    this.#write(text);
    Atomics.store(this.#head, TURN, OWNER);
    Atomics.notify(this.#head, TURN);
  }

  /** Waits for the guest's text. @param timeout Milliseconds. @returns Nothing if it does not come in time. */
  fromGuest(timeout: number): string | undefined {
    return this.#wait(GUEST, timeout) ? this.#read() : undefined;
  }

  /** Waits for the owner's text. @param timeout Milliseconds. @returns Nothing if it does not come in time. */
  fromOwner(timeout: number): string | undefined {
    return this.#wait(OWNER, timeout) ? this.#read() : undefined;
  }

  /**
   * Waits until it is not the turn of `other` any more. A thread can be woken too early: the other one may be held up
   * between passing its turn and waking, and then wakes a thread that waits for the next turn already.
   */
  #wait(other: number, timeout: number): boolean {
    const end = performance.now() + timeout;
    for (let rest = timeout; Atomics.load(this.#head, TURN) === other;) {
      if (Atomics.wait(this.#head, TURN, other, rest) === "timed-out") return false;
      rest = Math.max(0, end - performance.now());
    }
    return true;
  }

  #write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    if (bytes.length > LIMITS.pluginMessage) {
      const sizes = `${bytes.length} bytes, more than ${LIMITS.pluginMessage}`;
      throw new TooLongError(`Cannot pass data of a plugin: it has ${sizes}`);
    }
    if (HEAD + bytes.length > this.memory.byteLength) {
      this.memory.grow(Math.min(2 * (HEAD + bytes.length), this.memory.maxByteLength));
    }
    new Uint8Array(this.memory, HEAD, bytes.length).set(bytes);
    this.#head[LENGTH] = bytes.length;
  }

  #read(): string {
    // A decoder takes no shared memory.
    return new TextDecoder().decode(new Uint8Array(this.memory, HEAD, this.#head[LENGTH]).slice());
  }
}
