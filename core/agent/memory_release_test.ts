import assert from "node:assert/strict";
import { mock } from "node:test";
import { type Heap, MemoryRelease } from "./memory_release.ts";

const MEGABYTE = 1024 * 1024;
const SECOND = 1000;

/** A heap of 20 MB and some garbage. */
class TestHeap implements Heap {
  garbage = 0;
  collections = 0;
  size(): number {
    return (20 + this.garbage) * MEGABYTE;
  }
  collect(): void {
    this.garbage = 0;
    this.collections++;
  }
}

type Pass = (seconds: number) => void;

function withHeap(test: (heap: TestHeap, release: MemoryRelease, pass: Pass) => void): () => void {
  return () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    let now = 0;
    const heap = new TestHeap();
    const release = new MemoryRelease(heap, () => now);
    try {
      test(heap, release, (seconds) => {
        for (let second = 0; second < seconds; second++) {
          now += SECOND;
          mock.timers.tick(SECOND);
        }
      });
    } finally {
      release[Symbol.dispose]();
      mock.timers.reset();
    }
  };
}

Deno.test(
  "there is one collection, after the changes that follow each other",
  withHeap((heap, release, pass) => {
    for (let times = 0; times < 20; times++) {
      release.changed();
      pass(2);
    }
    assert.equal(heap.collections, 0);
    pass(60);
    assert.equal(heap.collections, 1);
  }),
);

Deno.test(
  "the heap is collected again when it has grown enough, whatever it has grown by",
  withHeap((heap, _release, pass) => {
    pass(60);
    for (const [garbage, collections] of [[7, 1], [8, 2]] as const) {
      heap.garbage = garbage;
      pass(60);
      assert.equal(heap.collections, collections);
    }
  }),
);

Deno.test(
  "an agent that stops leaves no timer",
  withHeap((heap, release, pass) => {
    release[Symbol.dispose]();
    pass(60);
    assert.equal(heap.collections, 0);
  }),
);
