/** The parts of a treatment that the interpose pipeline cannot do. @module */
import type { Scope, Treatment } from "../../core/api.ts";
import { isChained } from "./_chained.ts";

/** The answer of the pipeline's method `cannot`: each text completes the sentence "cannot do ...". */
export function limits({ copies = [], hops = [] }: Treatment): string[] {
  const found: readonly (readonly [boolean, string])[] = [
    [hops.length > 1 && !hops.every(isChained), "several hops without chainOrder"],
    [
      copies.some(({ to, scope = {} }) => to.length > 1 && "truncateBytes" in scope),
      'copies with "truncateBytes" to one of several ports',
    ],
  ];
  return [
    ...found.filter(([is]) => is).map(([, words]) => words),
    ...withScopes("copies", copies),
    ...withScopes("hops", hops),
  ];
}

/** The fields of scopes that the pipeline knows: the core makes choices of them. */
const KNOWN = {
  copies: ["balanceBy", "nonIP", "rateLimit", "rules", "sampling", "truncateBytes"],
  hops: ["balanceBy", "chainOrder", "failureMode", "healthProbe", "rules"],
} as const;

function withScopes(
  what: keyof typeof KNOWN,
  parts: readonly { readonly scope?: Scope }[],
): string[] {
  const known: readonly string[] = KNOWN[what];
  const fields = new Set(parts.flatMap(({ scope = {} }) => Object.keys(scope)));
  return [...fields].filter((field) => !known.includes(field)).map((field) =>
    `${what} with "${field}"`
  );
}
