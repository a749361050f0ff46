/** What an operation is, and how a random one is drawn. @module */
import type { Random } from "../ownership/random.ts";
import type { Expected } from "./expected.ts";
import type { World } from "./world.ts";

/** What has to work for an operation. While it does not, the operation is not drawn. */
export type Need = "database" | "switch" | "flows" | "manifests" | "agent";

/** One row of a table of operations. `Args` are plain data, so that an operation can be printed and replayed. */
export interface Kind<Args = unknown> {
  readonly name: string;
  /** The probability is proportional to this number. */
  readonly weight: number;
  readonly needs?: readonly Need[];
  /** Draws what the operation is about, from the expected state; nothing if it cannot be done now. */
  readonly draw: (random: Random, expected: Expected) => Args | undefined;
  /** Notes what is expected afterwards. Operations of a replayed list may lack what they need: then it does nothing. */
  readonly expect: (args: Args, expected: Expected) => void;
  /** Does it. @param expected What is expected afterwards. */
  readonly run: (args: Args, world: World) => Promise<unknown>;
}

export function defineKind<Args>(kind: Kind<Args>): Kind {
  return kind as unknown as Kind;
}

/** An operation of a run. Its text is JSON. */
export type Operation =
  | { readonly do: string; readonly with: unknown }
  /** While a fault lasts, other operations happen. After them it lasts for so many milliseconds more. */
  | { readonly during: string; readonly do: readonly Operation[]; readonly rest: number };

export const textOf = (operation: Operation): string => JSON.stringify(operation);

/** Draws one operation. @param missing What does not work now. */
export function drawKind(
  kinds: readonly Kind[],
  random: Random,
  { expected, missing = [] }: { readonly expected: Expected; readonly missing?: readonly Need[] },
): Operation {
  const possible = kinds.filter(({ needs = [] }) => !needs.some((need) => missing.includes(need)));
  for (;;) {
    const kind = random.weighted(possible.map((each) => [each.weight, each] as const));
    const args = kind.draw(random, expected);
    if (args === undefined) continue;
    kind.expect(args, expected);
    return { do: kind.name, with: args };
  }
}
