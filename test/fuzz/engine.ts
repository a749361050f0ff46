/** Gives a target many inputs. Each input follows from the seed, the target's name and a number. @module */
import { Random } from "../ownership/random.ts";
import { nextInput } from "./change.ts";
import type { Input, Target } from "./target.ts";
import { minimal } from "./minimal.ts";
import type { Watchdog } from "./watchdog.ts";

/** Milliseconds that one small input may take on a busy machine, measured again to be sure. */
const SLOW = 2000;

export interface Fuzzing {
  readonly seed: number;
  /** The number of the first input. */
  readonly from?: number;
  /** Whether there is another input after so many. */
  readonly goesOn: (count: number) => boolean;
  readonly watchdog?: Watchdog;
}

/** A number that differs for each seed, target and input: FNV-1a. */
function mixed(seed: number, name: string, at: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (const char of `${name} ${at}`) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}

export function inputAt(target: Target, seed: number, at: number): Input {
  return nextInput(target, new Random(mixed(seed, target.name, at)));
}

/** What is wrong with a target's answer to an input; nothing if it is right. */
export async function wrongWith(target: Target, input: Input): Promise<unknown> {
  try {
    const answer = target.check(input);
    if (answer instanceof Promise) await answer;
    return undefined;
  } catch (error) {
    return target.allows(error) ? undefined : error ?? "it throws nothing";
  }
}

/** An input as text, to be kept in the corpus. */
export function inputText(input: Input): string {
  return input instanceof Uint8Array ? `hex:${input.toHex()}` : JSON.stringify(input);
}
export function inputOf(text: string): Input {
  return text.startsWith("hex:") ? Uint8Array.fromHex(text.slice(4)) : JSON.parse(text);
}

/**
 * Fuzzes one target.
 *
 * @returns How many inputs it had.
 * @throws {Error} At the first wrong answer; the message has the seed, the number, and the smallest such input.
 */
export async function fuzz(target: Target, options: Fuzzing): Promise<number> {
  const { seed, from = 0, goesOn, watchdog } = options;
  let at = from;
  for (; goesOn(at - from); at++) {
    watchdog?.begin(target.name, at);
    const input = inputAt(target, seed, at);
    const begin = performance.now();
    const wrong = await wrongWith(target, input);
    if (wrong !== undefined) throw await failure(target, { seed, at }, { input, wrong });
    if (performance.now() - begin > SLOW) await confirmSlow(target, { seed, at }, input);
  }
  return at - from;
}

interface Place {
  readonly seed: number;
  readonly at: number;
}

async function failure(
  target: Target,
  { seed, at }: Place,
  { input, wrong }: { readonly input: Input; readonly wrong: unknown },
): Promise<Error> {
  const smallest = await minimal(
    input,
    async (each) => await wrongWith(target, each) !== undefined,
  );
  const said = await wrongWith(target, smallest) ?? wrong;
  const text = said instanceof Error ? said.stack ?? said.message : String(said);
  return new Error(
    `Cannot fuzz "${target.name}" with seed ${seed}: input ${at}, at its smallest\n${
      inputText(smallest)
    }\ngives ${text}`,
    { cause: wrong },
  );
}

/** A machine may be busy for a moment: only what is slow three times is slow. */
async function confirmSlow(target: Target, { seed, at }: Place, input: Input): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const begin = performance.now();
    await wrongWith(target, input);
    if (performance.now() - begin <= SLOW) return;
  }
  throw new Error(
    `Cannot fuzz "${target.name}" with seed ${seed}: input ${at} takes more than ${SLOW} ms\n${
      inputText(input)
    }`,
  );
}
