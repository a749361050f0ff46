/** What a run of the tests says while it runs: a line for each file that is done, and what is running now. @module */
import { failureText, type Outcome } from "./outcome.ts";
import type { Finished } from "./job.ts";

export interface Screen {
  write(text: string): void;
  /** Of a terminal; undefined for a file or a pipe, in which no line can be written anew. */
  readonly columns: number | undefined;
}

/** Milliseconds after which a log that is not a terminal hears what is running. */
const SILENCE = 20_000;
/** Milliseconds between two looks at the running jobs. */
export const TICK = 1000;
/** Files that are named at the end. */
const SLOWEST = 5;
const ERASE_LINE = "\r\x1b[2K";
const RULE = "-".repeat(80);

/** @example `0.4 s`, `12 s`, `1 min 20 s` */
export function duration(milliseconds: number): string {
  if (milliseconds < 9_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function counts({ passed, failed, skipped }: Outcome): string {
  const rest = [failed && `${failed} failed`, skipped && `${skipped} skipped`].filter(Boolean);
  return [`${passed} passed`, ...rest].join(", ");
}

export class Display {
  readonly #begin: number;
  readonly #running = new Map<string, number>();
  readonly #finished: Finished[] = [];
  #written: number;

  /** @param now A clock, in milliseconds. */
  constructor(
    readonly screen: Screen,
    readonly total: number,
    readonly now: () => number = () => performance.now(),
  ) {
    this.#begin = this.#written = now();
  }

  get finished(): readonly Finished[] {
    return this.#finished;
  }
  get elapsed(): number {
    return this.now() - this.#begin;
  }

  started(name: string): void {
    this.#running.set(name, this.now());
  }

  ended(finished: Finished): void {
    const { job, outcome, output, milliseconds } = finished;
    this.#running.delete(job.name);
    this.#finished.push(finished);
    const state = outcome.failed > 0 ? "FAILED " : "";
    this.#line(
      `${this.#position()} ${state}${job.name}: ${counts(outcome)} (${duration(milliseconds)})`,
    );
    if (outcome.failed > 0) this.#line(`${RULE}\n${failureText(output)}\n${RULE}`);
  }

  /** Says what is running: on a terminal each time, else after a silence. */
  tick(): void {
    const { columns } = this.screen;
    if (columns === undefined && this.now() - this.#written < SILENCE) return;
    const running = [...this.#running].map(([name, since]) =>
      `${name} (${duration(this.now() - since)})`
    );
    const line = `${this.#position()} running: ${running.join(", ")}`;
    if (columns === undefined) this.#line(line);
    else this.screen.write(ERASE_LINE + line.slice(0, columns - 1));
  }

  /** The slowest files, why tests were skipped, and all failures once more with their places. */
  summary(): void {
    const slowest = this.#finished.toSorted((one, other) => other.milliseconds - one.milliseconds)
      .slice(0, SLOWEST).map(({ job, milliseconds }) => `${job.name} ${duration(milliseconds)}`);
    const skipped = this.#finished.reduce((sum, { outcome }) => sum + outcome.skipped, 0);
    const all = `${this.total} files in ${duration(this.elapsed)}, ${skipped} tests skipped`;
    this.#line(`test: ${all}; slowest: ${slowest.join(", ")}`);
    for (const reason of this.#reasons()) this.#line(`test: ${reason}`);
    for (const { job, outcome } of this.#finished) {
      if (outcome.failed === 0) continue;
      const failures = outcome.failures.length > 0 ? outcome.failures : ["see above"];
      for (const failure of failures) this.#line(`test: FAILED ${job.name}: ${failure}`);
    }
  }

  /** Why tests were skipped, as their files say it: each reason once. */
  #reasons(): Set<string> {
    const outputs = this.#finished.map(({ output }) => output);
    return new Set(outputs.flatMap((output) => output.match(/^SKIPPED: .*$/gm) ?? []));
  }

  #position(): string {
    const { total } = this;
    const done = `${this.#finished.length}`.padStart(`${total}`.length);
    return `[${done}/${total}] ${duration(this.elapsed).padStart(11)} `;
  }

  #line(text: string): void {
    this.screen.write(`${this.screen.columns === undefined ? "" : ERASE_LINE}${text}\n`);
    this.#written = this.now();
  }
}
