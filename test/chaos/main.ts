/** `deno task chaos`: a random run for some minutes, or the operations of an earlier one. @module */
import { parseArgs } from "node:util";
import { chaos, type Outcome, replay } from "./run.ts";

const MINUTE = 60_000;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    minutes: { type: "string", default: "1" },
    burst: { type: "string", default: "12" },
    replay: { type: "string" },
    tell: { type: "boolean", default: false },
  },
});
const tell = (text: string) => {
  if (values.tell) console.log(text);
};

function print({ operations, counts, quiet, usage }: Outcome): void {
  for (const [name, count] of [...counts].sort()) {
    console.log(`${String(count).padStart(6)} ${name}`);
  }
  const range = (of: (each: Outcome["usage"][number]) => number) => {
    const all = usage.map(of);
    return `${all[0]} at first, ${Math.max(...all)} at most, ${all.at(-1)} at last`;
  };
  console.log(`${operations} operations, ${quiet} comparisons, all as expected`);
  console.log(`the agent's memory (MiB): ${range(({ rss }) => rss)}`);
  console.log(`its open files: ${range(({ files }) => files)}`);
  console.log(`its threads: ${range(({ threads }) => threads)}`);
}

async function run(): Promise<Outcome> {
  if (values.replay) return await replay(await Deno.readTextFile(values.replay), tell);
  const seed = Number(values.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);
  console.log(`seed ${seed}`);
  const end = performance.now() + Number(values.minutes) * MINUTE;
  const goesOn = () => performance.now() < end;
  return await chaos({ seed, goesOn, burst: Number(values.burst), tell });
}

try {
  print(await run());
} catch (error) {
  console.error((error as Error).message);
  Deno.exitCode = 1;
}
