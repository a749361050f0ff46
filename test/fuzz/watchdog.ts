/** Ends the process if one input takes for ever: no other code of the thread would run then. @module */

/** Milliseconds. */
const TIMEOUT = 60_000;
const INTERVAL = 1000;
/** The shared numbers: how many inputs have begun, the input's number, and the index of its target. */
const [BEGUN, AT, TARGET] = [0, 1, 2];
const FIELDS = 3;

interface Setup {
  readonly shared: SharedArrayBuffer;
  readonly names: readonly string[];
  readonly seed: number;
  readonly pid: number;
}

/** Is told each input before it is decoded. */
export class Watchdog implements Disposable {
  readonly #worker: Worker;
  readonly #numbers: Int32Array;

  constructor(readonly names: readonly string[], seed: number) {
    const shared = new SharedArrayBuffer(FIELDS * Int32Array.BYTES_PER_ELEMENT);
    this.#numbers = new Int32Array(shared);
    this.#worker = new Worker(import.meta.url, { type: "module" });
    this.#worker.postMessage({ shared, names, seed, pid: Deno.pid } satisfies Setup);
  }

  begin(name: string, at: number): void {
    this.#numbers[TARGET] = this.names.indexOf(name);
    this.#numbers[AT] = at;
    Atomics.add(this.#numbers, BEGUN, 1);
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

function watch({ shared, names, seed, pid }: Setup): void {
  const numbers = new Int32Array(shared);
  let [last, since] = [-1, performance.now()];
  setInterval(() => {
    const begun = Atomics.load(numbers, BEGUN);
    if (begun !== last) [last, since] = [begun, performance.now()];
    if (performance.now() - since < TIMEOUT) return;
    console.error(
      `Cannot fuzz "${names[numbers[TARGET]!]}" with seed ${seed}: input ${
        numbers[AT]
      } takes for ever`,
    );
    Deno.kill(pid, "SIGKILL");
  }, INTERVAL);
}

if ("WorkerGlobalScope" in globalThis) {
  addEventListener("message", (event) => watch((event as MessageEvent<Setup>).data));
}
