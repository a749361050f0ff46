/** What was measured last, row by row. `deno task bench --save` writes it, and `deno task gen` shows it in the docs. @module */
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Measured, quantile, type Row, SPREAD } from "./row.ts";

const FILE = join(import.meta.dirname!, "results.json");

/** Samples of one side: all three are of the row's unit. */
export interface Spread {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

export interface Result {
  readonly name: string;
  readonly unit: Row["unit"];
  readonly ours: Spread;
  readonly peer?: Spread & { readonly name: string };
  /** The most that the median of `ours` may be, and how that is said. */
  readonly goal: number;
  readonly goalText: string;
  readonly point?: NonNullable<Row["point"]>;
}

/** On what the rows were measured. Figures of different machines must not be compared. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly openVSwitch: string;
  readonly deno: string;
  /** What ran as the agent. */
  readonly program: "the binary" | "the source";
}

export interface Results {
  readonly machine: Machine;
  readonly rows: readonly Result[];
}

const rounded = (value: number) => Number(value.toPrecision(3));

function spread(samples: readonly number[]): Spread {
  const [low, median, high] = [SPREAD, 0.5, 1 - SPREAD].map((part) =>
    rounded(quantile(samples, part))
  );
  return { low: low!, median: median!, high: high! };
}

export function toResult({ name, unit, ...row }: Row, { ours, peer, goal }: Measured): Result {
  return {
    name,
    unit,
    ours: spread(ours),
    ...(peer && { peer: { name: row.peer!, ...spread(peer) } }),
    goal: rounded(goal),
    goalText: row.goal,
    ...(row.point && { point: row.point }),
  };
}

/**
 * Rows that were measured again replace those of before. Rows that are no longer in the bench go, and all that were
 * measured on another machine, as they cannot be compared.
 *
 * @param rows Of the bench.
 */
export function merge(
  before: Results,
  measured: Results,
  rows: readonly Pick<Row, "name">[],
): Results {
  const kept = isDeepStrictEqual(before.machine, measured.machine) ? before.rows : [];
  const byName = new Map([...kept, ...measured.rows].map((result) => [result.name, result]));
  return { ...measured, rows: rows.flatMap(({ name }) => byName.get(name) ?? []) };
}

export async function readResults(): Promise<Results> {
  return JSON.parse(await Deno.readTextFile(FILE));
}

export async function writeResults(results: Results): Promise<void> {
  await Deno.writeTextFile(FILE, `${JSON.stringify(results, null, 2)}\n`);
}

export async function thisMachine(): Promise<Machine> {
  const text = async (command: string, ...args: string[]) =>
    new TextDecoder().decode((await new Deno.Command(command, { args }).output()).stdout);
  const processor = /^model name\s*:\s*(.*)$/m.exec(await Deno.readTextFile("/proc/cpuinfo"))?.[1];
  return {
    cores: navigator.hardwareConcurrency,
    processor: processor ?? Deno.build.arch,
    openVSwitch: /\d+\.\d+\.\d+/.exec(await text("ovs-vswitchd", "--version"))?.[0] ?? "unknown",
    deno: Deno.version.deno,
    program: Deno.env.get("SLUICE_BINARY") ? "the binary" : "the source",
  };
}
