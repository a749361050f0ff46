/**
 * Gives memory back that a burst of work has left behind, e.g. the first reading of all objects. V8 itself would keep it for
 * later work, which may never come. @module
 */
import { after, type Timer } from "../base/timer.ts";

/** Milliseconds without a change. A collection takes about 0.1 s, in which no event must have to wait. */
const CALM = 3000;
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
  readonly #calm: number;
  #timer: Timer | undefined;
  /** The size of the heap after the last collection. */
  #least = 0;

  constructor(heap: Heap = HEAP, calm: number = CALM) {
    this.#heap = heap;
    this.#calm = calm;
  }

  /** Something has changed: the time of calm begins anew. */
  changed(): void {
    this.#timer?.stop();
    this.#timer = after(this.#calm, () => this.#collect());
  }

  #collect(): void {
    if (this.#heap.size() < this.#least + WORTHWHILE) return;
    this.#heap.collect();
    this.#least = this.#heap.size();
  }

  [Symbol.dispose](): void {
    this.#timer?.stop();
  }
}
