/** Programs that run in the background in one network namespace, each under a name. @module */
import { join } from "node:path";
import { spawnIn } from "../lab/run.ts";

/** Milliseconds in which a program must end after SIGTERM. */
const EXIT_TIMEOUT = 3000;

/** Where programs run, and where their files are. */
export interface Home {
  readonly netns: string;
  /** Folder of their sockets, logs and pid files. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Signals a process that may have ended by itself. */
function signal(child: Deno.ChildProcess, name: Deno.Signal): void {
  try {
    child.kill(name);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it has ended
  }
}

export class Daemons {
  readonly #children = new Map<string, Deno.ChildProcess>();

  constructor(readonly home: Home) {}

  /** Path of a daemon's log. */
  log(name: string): string {
    return join(this.home.folder, `${name}.log`);
  }

  /** @param name Of its files. @param command The program and its own arguments. */
  start(name: string, command: readonly string[]): void {
    const { netns, folder, env } = this.home;
    const files = [
      `--pidfile=${join(folder, `${name}.pid`)}`,
      `--log-file=${this.log(name)}`,
    ];
    const all = [...command, ...files, "-vconsole:off", "--no-chdir"];
    this.#children.set(name, spawnIn(netns, all, { env: { ...env }, stderr: "null" }));
  }

  isRunning(name: string): boolean {
    return this.#children.has(name);
  }

  /**
   * Ends a daemon, and waits for its end. If it has not ended after some seconds, it is killed.
   *
   * @param by With `nothing` it is only waited for: it was told to end.
   */
  async end(name: string, by: Deno.Signal | "nothing" = "SIGTERM"): Promise<void> {
    const child = this.#children.get(name);
    this.#children.delete(name);
    if (!child) return;
    const timer = setTimeout(() => signal(child, "SIGKILL"), EXIT_TIMEOUT);
    if (by !== "nothing") signal(child, by);
    await child.status;
    clearTimeout(timer);
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.#children.keys()].map((name) => this.end(name)));
  }
}
