/**
 * Counts what a piece of work does, in place of its time, so that the work of two sizes can be compared exactly. The
 * counts are exact only if V8 optimizes no code: see `V8_FLAGS`.
 * @module
 */
import { Session } from "node:inspector/promises";

/** How often each block of the program's code ran, by its place. */
export type Work = Readonly<Record<string, number>>;

/** Code that V8 has optimized does not count all its calls. */
export const V8_FLAGS = "--v8-flags=--no-opt,--no-maglev,--no-sparkplug";

/** The code that is counted: that of the program, without libraries and tests. */
const COUNTED = /\/(?<file>(?:core|plugins|targets)\/(?!.*(?:_test\.ts|\/testing\/)).*)/;

const ITERATORS = [new Map(), new Set(), []].map((each) =>
  Object.getPrototypeOf(each[Symbol.iterator]()) as { next(): unknown }
);

/** There is one for a process. To be started before the code that is counted has run. */
export class WorkCounter {
  readonly #session = new Session();
  #steps = 0;

  private constructor() {
    this.#session.connect();
    for (const prototype of ITERATORS) this.#countSteps(prototype);
  }

  static async start(): Promise<WorkCounter> {
    const counter = new WorkCounter();
    await counter.#session.post("Profiler.enable");
    await counter.#session.post("Profiler.startPreciseCoverage", {
      callCount: true,
      detailed: true,
    });
    return counter;
  }

  /** The steps of loops over maps, sets and lists that the runtime makes itself, as for `[...map]`. */
  #countSteps(prototype: { next(): unknown }): void {
    const { next } = prototype;
    const count = () => this.#steps++;
    prototype.next = function (this: unknown) {
      count();
      return next.call(this);
    };
  }

  /** Begins to count. */
  async begin(): Promise<void> {
    await this.#session.post("Profiler.takePreciseCoverage");
    this.#steps = 0;
  }

  /** @returns What was done since `begin`. */
  async end(): Promise<Work> {
    const work: Record<string, number> = { "steps of iterators": this.#steps };
    const { result } = await this.#session.post("Profiler.takePreciseCoverage");
    for (const { url, functions } of result) {
      const file = COUNTED.exec(url)?.groups?.file;
      for (const { functionName, ranges } of file === undefined ? [] : functions) {
        for (const { startOffset, count } of ranges) {
          if (count > 0) work[`${file} ${functionName}:${startOffset}`] = count;
        }
      }
    }
    return work;
  }
}

export function total(work: Work): number {
  return Object.values(work).reduce((sum, count) => sum + count, 0);
}
