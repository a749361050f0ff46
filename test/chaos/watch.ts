/** Watches the agent's process: whether it lives, what it logs, and what it uses of the machine. @module */
import type { TestAgent } from "../lab/agent.ts";

/** A line of a stack trace, or of an error that nothing has caught. */
const EXCEPTION = /^\s+at .*:\d+:\d+|Uncaught|in promise\)/;
/** State of a process, proc(5): behind its name. */
const ENDED = /\) [ZX] [^)]*$/;
const KIB_PER_MIB = 1024;

export interface Usage {
  /** Resident memory in MiB. */
  readonly rss: number;
  readonly files: number;
  readonly threads: number;
}

export class Watch {
  /** One entry for each quiet period. */
  readonly usage: Usage[] = [];

  constructor(readonly agent: TestAgent) {}

  /** @throws {Error} If the agent has ended by itself, or has logged an exception. */
  async look(): Promise<void> {
    const { log, pid } = this.agent;
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
    if (stat === "" || ENDED.test(stat)) {
      throw new Error(`Cannot go on: the agent has ended\n${log.join("\n")}`);
    }
    const at = log.findIndex((line) => EXCEPTION.test(line));
    if (at < 0) return;
    throw new Error(
      `Cannot go on: the agent has logged an exception\n${
        log.slice(Math.max(0, at - 5), at + 20).join("\n")
      }`,
    );
  }

  async measure(): Promise<Usage> {
    const folder = `/proc/${this.agent.pid}`;
    const status = await Deno.readTextFile(`${folder}/status`);
    const field = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
    const files = await Array.fromAsync(Deno.readDir(`${folder}/fd`));
    const usage = {
      rss: Math.round(field("VmRSS") / KIB_PER_MIB),
      files: files.length,
      threads: field("Threads"),
    };
    this.usage.push(usage);
    return usage;
  }
}
