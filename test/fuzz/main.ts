/** `deno task fuzz`: many inputs for each decoder and guard. @module */
import { parseArgs } from "node:util";
import { fuzz } from "./engine.ts";
import { assertGrowth } from "./growth.ts";
import { openTargets } from "./targets.ts";
import { Watchdog } from "./watchdog.ts";

const MINUTE = 60_000;
/** Milliseconds that a target has at most before it is the turn of the next one. */
const LONGEST_TURN = 1000;
const MIB = 1024 * 1024;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    minutes: { type: "string", default: "1" },
    target: { type: "string", default: "" },
    at: { type: "string" },
    growth: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);
await using targets = await openTargets();
const chosen = targets.all.filter(({ name }) => name.includes(values.target));
console.log(`seed ${seed}`);

/** One turn after the other for each target, until the time is over. */
async function rounds(): Promise<void> {
  using watchdog = new Watchdog(chosen.map(({ name }) => name), seed);
  const counts = new Map(chosen.map(({ name }) => [name, 0]));
  const time = Number(values.minutes) * MINUTE;
  const share = Math.min(LONGEST_TURN, time / chosen.length);
  const end = performance.now() + time;
  while (performance.now() < end) {
    for (const target of chosen) {
      const turn = performance.now() + share;
      const from = counts.get(target.name)!;
      const goesOn = () => performance.now() < turn;
      counts.set(target.name, from + await fuzz(target, { seed, from, goesOn, watchdog }));
    }
  }
  for (const [name, count] of counts) console.log(`${String(count).padStart(9)} ${name}`);
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  console.log(`${all} inputs, ${Math.round(Deno.memoryUsage().rss / MIB)} MiB at last`);
}

async function growths(): Promise<void> {
  for (const target of chosen) {
    for (const [what, make] of Object.entries(target.growths ?? {})) {
      const times = await assertGrowth(target, what, make as never);
      console.log(`${target.name}: ${what}: ${times.map((each) => each.toFixed(1)).join(", ")} ms`);
    }
  }
}

try {
  if (values.growth) await growths();
  else if (values.at !== undefined) {
    const from = Number(values.at);
    for (const target of chosen) await fuzz(target, { seed, from, goesOn: (count) => count < 1 });
  } else await rounds();
} catch (error) {
  console.error((error as Error).message);
  Deno.exitCode = 1;
}
