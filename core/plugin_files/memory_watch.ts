/**
 * A thread in a process in which plugin files run. It looks at the memory of the process while the plugin runs, and says
 * when it is too much: the limits of V8 count only a part of it. It also ends the process when the parent process is gone,
 * which a plugin that never returns would not notice.
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

/** The program of the thread. It is a text, as any file would have to be loaded, also in a bundle. */
const PROGRAM = `
const { parentPort, workerData: { most, tooMuch } } = require("node:worker_threads");
const begin = Deno.memoryUsage().rss;
const parent = Deno.ppid;
const look = setInterval(() => {
  if (Deno.ppid !== parent) process.kill(process.pid, "SIGKILL");
  if (Deno.memoryUsage().rss - begin <= most) return;
  clearInterval(look);
  Deno.stdout.writeSync(new TextEncoder().encode(tooMuch));
}, 10);
parentPort.postMessage({});`;

/** Starts the thread, and waits until it looks. */
export async function startMemoryWatch(watch: MemoryWatch): Promise<void> {
  const worker = new Worker(PROGRAM, { eval: true, workerData: watch });
  worker.unref();
  await new Promise<void>((resolve) => worker.once("message", () => resolve()));
}
