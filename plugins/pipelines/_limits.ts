/** What the interpose pipeline cannot do of a treatment. @module */
import type { Scope, Treatment } from "../../core/api.ts";

/** In the words that `cannot` of the contract asks for. */
export function limits({ copies = [], hops = [] }: Treatment): string[] {
  const found: readonly (readonly [boolean, string])[] = [
    [copies.some(({ to }) => to.length > 1), "copies to one of several ports"],
    [hops.length > 1, "several hops, one after the other"],
    [hops.some(({ pairs }) => pairs.length > 1), "hops through one of several pairs"],
  ];
  return [
    ...found.filter(([is]) => is).map(([, words]) => words),
    ...withScopes("copies", copies),
    ...withScopes("hops", hops),
  ];
}

function withScopes(what: string, parts: readonly { readonly scope?: Scope }[]): string[] {
  const fields = new Set(parts.flatMap(({ scope = {} }) => Object.keys(scope)));
  return [...fields].map((field) => `${what} with "${field}"`);
}
