/**
 * A thread in a process in which plugin files run. It looks at the memory of the process, most often while the plugin is
 * at work, and says when it is too much: the limits of V8 count only a part of it. It also ends the process when the
 * parent process is gone, which a plugin that never returns would not notice.
 * @module
 */
import { Worker } from "node:worker_threads";

/** What the thread is started with. */
export interface MemoryWatch {
  /** Bytes that the process may use more than at the start of the thread. */
  readonly most: number;
  /** What the thread writes to stdout when it uses more. */
  readonly tooMuch: string;
}

/** Milliseconds between two looks: while the plugin is at work, and while only what it has left behind may run. */
const PAUSE = { atWork: 10, atRest: 100 } as const;
/** Whether the plugin is at work: an element of the memory that both threads have. Another one only serves to wait. */
const [REST, WORK] = [0, 1];
const ELEMENTS = 2;

/**
 * The program of the thread. It is a text, as any file would have to be loaded, also in a bundle. It waits without timers:
 * those of Deno took 0.9 % of a core.
 */
const PROGRAM = `
const { parentPort, workerData: { most, tooMuch, shared } } = require("node:worker_threads");
const begin = Deno.memoryUsage().rss;
const parent = Deno.ppid;
const state = new Int32Array(shared);
parentPort.postMessage({});
while (Deno.memoryUsage().rss - begin <= most) {
  if (Deno.ppid !== parent) process.kill(process.pid, "SIGKILL");
  Atomics.wait(state, 0, ${REST}, ${PAUSE.atRest});
  if (Atomics.load(state, 0) === ${WORK}) Atomics.wait(state, 1, 0, ${PAUSE.atWork});
}
Deno.stdout.writeSync(new TextEncoder().encode(tooMuch));`;

/** Tells the thread whether the plugin is at work. It is when the thread starts. */
export interface Watching {
  rest(): void;
  work(): void;
}

/** Starts the thread, and waits until it looks. */
export async function startMemoryWatch(watch: MemoryWatch): Promise<Watching> {
  const state = new Int32Array(new SharedArrayBuffer(ELEMENTS * Int32Array.BYTES_PER_ELEMENT));
  const set = (value: number) => {
    Atomics.store(state, 0, value);
    Atomics.notify(state, 0);
  };
  set(WORK);
  const workerData = { ...watch, shared: state.buffer };
  const worker = new Worker(PROGRAM, { eval: true, workerData });
  worker.unref();
  await new Promise<void>((resolve) => worker.once("message", () => resolve()));
  return { rest: () => set(REST), work: () => set(WORK) };
}
