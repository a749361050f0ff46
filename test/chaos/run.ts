/** A run: random operations, a quiet period, comparisons, and so on. @module */
import { Random } from "../ownership/random.ts";
import { Expected } from "./expected.ts";
import { drawFault, faultNamed } from "./faults.ts";
import { furnish, OBJECTS } from "./objects.ts";
import { drawKind, type Kind, type Need, type Operation, textOf } from "./operations.ts";
import { OWNER } from "./owner.ts";
import { PORTS } from "./ports.ts";
import { assertQuiet } from "./quiet.ts";
import { World } from "./world.ts";

const KINDS: readonly Kind[] = [...OBJECTS, ...PORTS, ...OWNER];
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

/** @returns How many operations that were. */
async function perform(operation: Operation, world: World): Promise<number> {
  if (!("during" in operation)) {
    await BY_NAME.get(operation.do)!.run(operation.with, world);
    return 1;
  }
  const fault = faultNamed(operation.during);
  await fault.begin(world);
  let count = 1;
  for (const each of operation.do) count += await perform(each, world);
  await new Promise((resolve) => setTimeout(resolve, operation.rest));
  await fault.end(world);
  return count;
}

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
  let operations = 0, quiet = 0;
  try {
    await assertQuiet(world, expected);
    for (const burst of bursts(expected)) {
      for (const operation of burst) {
        say(textOf(operation));
        operations += await perform(operation, world);
      }
      say(QUIET);
      await assertQuiet(world, expected);
      quiet++;
    }
  } catch (cause) {
    const message = `Cannot pass with ${what}: ${(cause as Error).message}`;
    throw new Error(`${message}\nAfter these operations:\n${past.join("\n")}`, { cause });
  }
  return { operations, quiet, usage: world.watch.usage };
}
