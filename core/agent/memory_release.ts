/**
 * Gives memory back that a burst of work has left behind, e.g. the first reading of all objects. V8 itself would keep it for
 * later work, which may never come. @module
 */
import { after, type Timer } from "../base/timer.ts";

/** Milliseconds without a change. A collection takes about 0.1 s, in which no event must have to wait. */
const CALM = 3000;
/** Milliseconds between two looks at the heap. */
const PAUSE = 5000;
/** Bytes by which the heap must have grown since the last collection to be worth another one. */
const WORTHWHILE = 8 * 1024 * 1024;

export interface Heap {
  /** Bytes that it takes now. */
  size(): number;
  collect(): void;
}

/** What V8 has as `gc` if it is started with `--expose-gc`, as scripts/build does. */
type Collect = (how: { type: "major"; execution: "sync"; flavor: "last-resort" }) => void;

const HEAP: Heap = {
  size: () => Deno.memoryUsage().heapTotal,
  collect: () => {
    const collect = Reflect.get(globalThis, "gc") as Collect | undefined;
    collect?.({ type: "major", execution: "sync", flavor: "last-resort" });
  },
};

export class MemoryRelease implements Disposable {
  readonly #heap: Heap;
  readonly #now: () => number;
  #timer: Timer;
  #changedAt: number;
  /** The size of the heap after the last collection. */
  #least = 0;

  /** @param now Milliseconds of a monotonic clock. */
  constructor(heap: Heap = HEAP, now: () => number = () => performance.now()) {
    this.#heap = heap;
    this.#now = now;
    this.#changedAt = now();
    this.#timer = after(PAUSE, () => this.#look());
  }

  /** Something has changed: the time of calm begins anew. */
  changed(): void {
    this.#changedAt = this.#now();
  }

  #look(): void {
    const isCalm = this.#now() - this.#changedAt >= CALM;
    if (isCalm && this.#heap.size() >= this.#least + WORTHWHILE) {
      this.#heap.collect();
      this.#least = this.#heap.size();
    }
    this.#timer = after(PAUSE, () => this.#look());
  }

  [Symbol.dispose](): void {
    this.#timer.stop();
  }
}
