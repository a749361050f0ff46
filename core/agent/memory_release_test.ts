import assert from "node:assert/strict";
import { mock } from "node:test";
import { type Heap, MemoryRelease } from "./memory_release.ts";

const CALM = 1000;
const MEGABYTE = 1024 * 1024;

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

function withHeap(test: (heap: TestHeap, release: MemoryRelease) => void): () => void {
  return () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const heap = new TestHeap();
    const release = new MemoryRelease(heap, CALM);
    try {
      test(heap, release);
    } finally {
      release[Symbol.dispose]();
      mock.timers.reset();
    }
  };
}

Deno.test(
  "changes that follow each other are one burst, after which there is one collection",
  withHeap((heap, release) => {
    for (let times = 0; times < 3; times++) {
      release.changed();
      mock.timers.tick(CALM - 1);
      assert.equal(heap.collections, 0);
    }
    mock.timers.tick(1);
    assert.equal(heap.collections, 1);
    mock.timers.tick(10 * CALM);
    assert.equal(heap.collections, 1);
  }),
);

Deno.test(
  "after a change that leaves little garbage there is none",
  withHeap((heap, release) => {
    release.changed();
    mock.timers.tick(CALM);
    for (const [garbage, collections] of [[7, 1], [8, 2]] as const) {
      heap.garbage = garbage;
      release.changed();
      mock.timers.tick(CALM);
      assert.equal(heap.collections, collections);
    }
  }),
);

Deno.test(
  "an agent that stops leaves no timer",
  withHeap((heap, release) => {
    release.changed();
    release[Symbol.dispose]();
    mock.timers.tick(CALM);
    assert.equal(heap.collections, 0);
  }),
);
