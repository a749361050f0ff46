/** What is fuzzed: a decoder or a guard, with inputs to begin from and what must hold for any input. @module */
import type { Random } from "../ownership/random.ts";
import type { Json } from "./values.ts";

/** Bytes, text, or a value as JSON has it. */
export type Input = Uint8Array | string | Json;

export interface Target<I extends Input = Input> {
  readonly name: string;
  /** Valid inputs. Most inputs are changed from one of them. */
  readonly samples: readonly I[];
  /** Makes an input from nothing, e.g. by a grammar. */
  readonly make?: (random: Random) => I;
  /**
   * Decodes, and checks what it returns.
   *
   * @throws What the decoder throws, or an AssertionError.
   */
  readonly check: (input: I) => unknown;
  /** Whether the decoder may throw that. */
  readonly allows: (error: unknown) => boolean;
  /** Inputs whose size is in proportion to a number; the time must be so, too. */
  readonly growths?: Readonly<Record<string, (size: number) => I>>;
  /** How many of these inputs take about as long as one of most other targets. @default {1} */
  readonly cost?: number;
}

/** All targets are in one list, whatever their inputs are. */
export const defineTarget = <I extends Input>(target: Target<I>): Target =>
  target as unknown as Target;

/** What JavaScript itself says of a mistake in a program. Classes do not tell: a decoder may throw a TypeError on purpose. */
const MISTAKE =
  /^Cannot (read|set|delete|define|redefine) (property|properties)|^Cannot (convert|mix|destructure|assign to)|^Cannot access '|is not (a function|iterable|defined|a constructor|extensible)|^Invalid (array|string|count|time)|call stack|Assignment to|out of bounds|toString\(\) radix/i;

/** Allows errors of these classes whose messages were written for people. */
export const only =
  (...classes: readonly (new (...args: never[]) => Error)[]) => (error: unknown): boolean =>
    error instanceof Error && error.name !== "AssertionError" &&
    classes.some((each) => error instanceof each) && !MISTAKE.test(error.message);

/** Allows nothing. */
export const none = (): boolean => false;
