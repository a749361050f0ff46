/** Small parts of tables. @module */
import { span, type View } from "./dom.ts";
import type { Values } from "./rates.ts";
import { type Level, rate } from "./words.ts";

/** A state in one word, with a dot: nobody needs to see colours to read it. */
export const state = (level: Level, word: string): View =>
  span(`state ${level}`, span(`dot ${level}`), word);

const sum = ({ copied, redirected, dropped }: Values) => copied + redirected + dropped;

export const rateOf = (values: Values): string => rate(sum(values));
