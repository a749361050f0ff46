/** What a process has cost so far. @module */

/** Clock ticks per second: sysconf(3), `_SC_CLK_TCK`. */
const TICKS = 100;
/** What the kernel counts memory in, although it writes "kB". */
const KIBIBYTE = 1024;
const MEGABYTE = 1e6;

export interface Costs {
  /** Seconds of a processor. */
  readonly cpu: number;
  /** Megabytes of memory that are its own now, and that were at most. */
  readonly rss: number;
  readonly peak: number;
}

/** Reads `/proc/PID/stat` and `/proc/PID/status`: proc(5). */
export async function costsOf(pid: number): Promise<Costs> {
  const stat = (await Deno.readTextFile(`/proc/${pid}/stat`)).split(") ")[1]!.split(" ");
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const megabytes = (field: string) =>
    Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)![1]) * KIBIBYTE / MEGABYTE;
  return {
    cpu: (Number(stat[11]) + Number(stat[12])) / TICKS,
    rss: megabytes("VmRSS"),
    peak: megabytes("VmHWM"),
  };
}
