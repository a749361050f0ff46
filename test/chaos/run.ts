/** A run: random operations, a quiet period, comparisons, and so on. @module */
import { Random } from "../ownership/random.ts";
import { Expected } from "./expected.ts";
import { drawFault, faultNamed } from "./faults.ts";
import { LENT_PORTS } from "./lent.ts";
import { furnish, OBJECTS } from "./objects.ts";
import { drawKind, type Kind, type Need, type Operation, textOf } from "./operations.ts";
import { OWNER } from "./owner.ts";
import { PLUGINS } from "./plugins.ts";
import { PORTS } from "./ports.ts";
import { assertQuiet } from "./quiet.ts";
import { SECOND_AGENT } from "./agents.ts";
import { VLANS } from "./vlans.ts";
import { World } from "./world.ts";

const KINDS: readonly Kind[] = [
  ...OBJECTS,
  ...PORTS,
  ...VLANS,
  ...OWNER,
  ...LENT_PORTS,
  ...PLUGINS,
  ...SECOND_AGENT,
];
const BY_NAME = new Map(KINDS.map((kind) => [kind.name, kind]));
/** How many percent of the operations are faults, during which up to so many others happen. */
const FAULTS = 20;
const DURING = 4;
/** Milliseconds that a fault lasts beyond its operations: too short for anyone to see it, or long enough for a round. */
const RESTS = [0, 0, 100, 1000];
/** Most operations between two quiet periods. */
const BURST = 12;

/** Draws the operations of one burst, and notes what is expected after them. */
function drawBurst(random: Random, expected: Expected, most: number): Operation[] {
  return Array.from({ length: 1 + random.below(most) }, () => draw(random, expected));
}

/** @param missing What does not work while other faults last; absent if none does. */
function draw(random: Random, expected: Expected, missing?: readonly Need[]): Operation {
  const fault = random.chance(FAULTS) ? drawFault(random, missing) : undefined;
  if (!fault) return drawKind(KINDS, random, { expected, missing: missing ?? [] });
  const { name, breaks = [] } = fault;
  const inner = Array.from(
    { length: random.below(DURING + 1) },
    () => draw(random, expected, [...missing ?? [], ...breaks]),
  );
  return { during: name, do: inner, rest: random.pick(RESTS) };
}

/** Notes what is expected after an operation of a list that is replayed. */
function expectAgain(operation: Operation, expected: Expected): void {
  if ("during" in operation) { for (const each of operation.do) expectAgain(each, expected); }
  else BY_NAME.get(operation.do)!.expect(operation.with, expected);
}

/** @param counts How often each operation and each fault was done; it is added there. */
async function perform(operation: Operation, world: World, counts: Counts): Promise<void> {
  const name = "during" in operation ? operation.during : operation.do;
  counts.set(name, (counts.get(name) ?? 0) + 1);
  if (!("during" in operation)) return void await BY_NAME.get(name)!.run(operation.with, world);
  const fault = faultNamed(name);
  await fault.begin(world);
  for (const each of operation.do) await perform(each, world, counts);
  await new Promise((resolve) => setTimeout(resolve, operation.rest));
  await fault.end(world);
}

/** Numbers by the names of operations and faults. */
type Counts = Map<string, number>;

export interface RunOptions {
  readonly seed: number;
  /** Whether the run goes on after so many quiet periods. */
  readonly goesOn: (quiet: number) => boolean;
  /** Most operations between two quiet periods. */
  readonly burst?: number;
  /** Is told each operation before it happens. */
  readonly tell?: (text: string) => void;
}

export interface Outcome {
  readonly operations: number;
  /** How often each operation and each fault was done. */
  readonly counts: ReadonlyMap<string, number>;
  /** How often all was compared. */
  readonly quiet: number;
  readonly usage: World["watch"]["usage"];
}

/** Draws bursts and performs them. @throws {Error} If something does not hold; its message has all operations. */
export async function chaos({ seed, goesOn, burst = BURST, tell }: RunOptions): Promise<Outcome> {
  const random = new Random(seed);
  const bursts = function* (expected: Expected) {
    for (let quiet = 0; goesOn(quiet); quiet++) yield drawBurst(random, expected, burst);
  };
  return await performAll(`seed ${seed}`, bursts, tell);
}

/** Performs what a run has told: an operation in each line, and `quiet` after each burst. */
export async function replay(text: string, tell?: (text: string) => void): Promise<Outcome> {
  const lines = text.split("\n").filter((line) => line !== "");
  const bursts = function* (expected: Expected) {
    let burst: Operation[] = [];
    for (const line of [...lines, QUIET]) {
      if (line !== QUIET) {
        burst.push(JSON.parse(line));
        expectAgain(burst.at(-1)!, expected);
      } else if (burst.length > 0) {
        yield burst;
        burst = [];
      }
    }
  };
  return await performAll("a replayed list", bursts, tell);
}

/** The line of a quiet period. */
const QUIET = "quiet";

/** @param bursts Notes what is expected after each burst that it yields. */
async function performAll(
  what: string,
  bursts: (expected: Expected) => Iterable<Operation[]>,
  tell: (text: string) => void = () => {},
): Promise<Outcome> {
  const expected = new Expected();
  furnish(expected);
  await using world = await World.start(expected);
  const past: string[] = [];
  const say = (text: string) => {
    past.push(text);
    tell(text);
  };
  const counts: Counts = new Map();
  let quiet = 0;
  try {
    await assertQuiet(world, expected);
    for (const burst of bursts(expected)) {
      for (const operation of burst) {
        say(textOf(operation));
        await perform(operation, world, counts);
      }
      say(QUIET);
      await assertQuiet(world, expected);
      quiet++;
    }
  } catch (cause) {
    const message = `Cannot pass with ${what}: ${(cause as Error).message}`;
    throw new Error(`${message}\nAfter these operations:\n${past.join("\n")}`, { cause });
  }
  const operations = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return { operations, counts, quiet, usage: world.watch.usage };
}
