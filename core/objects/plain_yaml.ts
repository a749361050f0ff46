/**
 * Reads the YAML and JSON that people and programs mostly write, many times faster than the library: maps and lists, and
 * scalars on one line. Of every other text (with anchors, tags, texts of several lines, or whatever is wrong) it says
 * nothing, and the library reads that one. What it reads means the same to both: the fuzzer compares them.
 * @module
 */
import type { Fields } from "./validate.ts";
import { plainScalar } from "./yaml_scalars.ts";

/** What one document holds. */
export interface PlainDocument {
  /** `null` if there is nothing but comments. */
  readonly value: Fields | null;
  /** Where each map begins, in characters. */
  readonly places: ReadonlyMap<unknown, number>;
}

/** Thrown where a text turns out not to be plain. No caller sees it. */
const NOT_PLAIN = new Error("Cannot read a text without the library: it is not plain");

/** The longest key, in characters. The library refuses some that have more than 1024: YAML 1.2.2 section 7.4.2. */
const LONGEST_KEY = 1000;
/** The name of the field that is no field in an object of JavaScript. */
const PROTOTYPE = "__proto__";

/** What may stand at a place of a text. None of these takes more time than is proportional to what it takes. */
const START = /---(?=[ \n])/y;
const BLANKS = / */y;
const BLANK_LINE = / *(?:#[^\n]*)?\n/y;
const LINE_END = / *(?: #[^\n]*)?\n/y;
const BLANKS_AND_LINE_ENDS = /[ \n]*/y;
const DASH = /-(?=[ \n])/y;
const KEY = /(?:[\w./][\w./-]*|"[^"\\\n]*"|'[^'\n]*'):(?=[ \n])/y;
const QUOTED =
  /"[^"\\\n]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\n]*)*"|'[^'\n]*(?:''[^'\n]*)*'/y;
/** A scalar without quotes, with colons and hashes only where they are a part of it. */
const PLAIN = /(?:[\w./+(~]|-(?=[^ \n]))(?:[^ \n:#]+|:(?=[^ \n])|#| +(?=[^ \n:#]))*/y;
/** The same in brackets, where more characters have a meaning. */
const PLAIN_INSIDE = /(?:[\w./+]|-(?=[\w./]))(?:[\w./+-]|:+(?=\w))*/y;
const COLON_INSIDE = / *:(?=[ \n])/y;
const COLON_AFTER_QUOTE = / *:/y;

/** @returns Nothing if the text is not plain. @param text One document. */
export function readPlain(text: string): PlainDocument | undefined {
  if (/[\t\r]/.test(text)) return undefined;
  try {
    return new PlainReader(text.endsWith("\n") ? text : `${text}\n`).document();
  } catch (error) {
    if (error !== NOT_PLAIN) throw error;
    return undefined;
  }
}

class PlainReader {
  readonly #text: string;
  #at = 0;
  /** The column of what stands at `#at`, if that is the first of its line or of an item. */
  #column = 0;
  readonly #places = new Map<unknown, number>();

  /** @param text Ends with a line end. */
  constructor(text: string) {
    this.#text = text;
  }

  document(): PlainDocument {
    if (this.#take(START)) this.#lineEnd();
    else this.#next();
    const value = this.#isEnd ? null : this.#root();
    if (!this.#isEnd) throw NOT_PLAIN;
    return { value, places: this.#places };
  }

  #root(): Fields {
    if (!this.#isHere("{")) return this.#map(this.#column);
    const fields = this.#inside(BLANKS_AND_LINE_ENDS) as Fields;
    this.#lineEnd();
    return fields;
  }

  get #isEnd(): boolean {
    return this.#at === this.#text.length;
  }
  #isHere(character: string): boolean {
    return this.#text[this.#at] === character;
  }

  /** Takes what matches here, if something does. */
  #take(expression: RegExp): string | undefined {
    expression.lastIndex = this.#at;
    if (!expression.test(this.#text)) return undefined;
    const from = this.#at;
    this.#at = expression.lastIndex;
    return this.#text.slice(from, this.#at);
  }
  #expect(expression: RegExp): string {
    const found = this.#take(expression);
    if (found === undefined) throw NOT_PLAIN;
    return found;
  }
  #takes(character: string): boolean {
    if (!this.#isHere(character)) return false;
    this.#at++;
    return true;
  }

  /** Goes from the beginning of a line to the next content. */
  #next(): void {
    while (this.#take(BLANK_LINE) !== undefined);
    this.#column = this.#take(BLANKS)!.length;
  }
  #lineEnd(): void {
    this.#expect(LINE_END);
    this.#next();
  }

  #map(column: number): Fields {
    const fields: Record<string, unknown> = {};
    this.#places.set(fields, this.#at);
    do {
      const key = this.#expect(KEY).slice(0, -1);
      this.#put(fields, key, () => this.#value(column, true));
    } while (this.#goesOn(column));
    return fields;
  }

  #list(column: number): unknown[] {
    const values: unknown[] = [];
    do {
      this.#expect(DASH);
      values.push(this.#value(column, false));
    } while (this.#goesOn(column) && this.#isDash());
    return values;
  }

  #isDash(): boolean {
    DASH.lastIndex = this.#at;
    return DASH.test(this.#text);
  }

  /** Whether a map or list in this column has more. What stands further to the right than it may is not plain. */
  #goesOn(column: number): boolean {
    if (this.#isEnd || this.#column < column) return false;
    if (this.#column > column) throw NOT_PLAIN;
    return true;
  }

  /** What stands behind a key or a dash, or below it. @param column Of the map or list. */
  #value(column: number, isField: boolean): unknown {
    if (this.#take(LINE_END) !== undefined) {
      this.#next();
      return this.#below(column, isField);
    }
    const blanks = this.#take(BLANKS)!.length;
    if (!isField && (this.#isDash() || this.#isKey())) {
      this.#column = column + "-".length + blanks;
      return this.#block();
    }
    const isBracket = this.#isHere("{") || this.#isHere("[");
    const value = isBracket ? this.#inside(BLANKS) : this.#scalar(PLAIN);
    this.#lineEnd();
    return value;
  }

  #below(column: number, isField: boolean): unknown {
    if (this.#isEnd || this.#column < column) return null;
    if (this.#column > column) return this.#block();
    return isField && this.#isDash() ? this.#list(column) : null;
  }

  #block(): unknown {
    return this.#isDash() ? this.#list(this.#column) : this.#map(this.#column);
  }

  #isKey(): boolean {
    KEY.lastIndex = this.#at;
    return KEY.test(this.#text);
  }

  #scalar(plain: RegExp): unknown {
    const quoted = this.#take(QUOTED);
    return quoted === undefined ? plainScalar(this.#expect(plain)) : unquoted(quoted);
  }

  /** What stands in brackets, and may have more of them in it. @param blanks What may stand between its parts. */
  #inside(blanks: RegExp): unknown {
    if (this.#isHere("{")) return this.#mapInside(blanks);
    return this.#isHere("[") ? this.#listInside(blanks) : this.#scalar(PLAIN_INSIDE);
  }

  #mapInside(blanks: RegExp): Fields {
    const fields: Record<string, unknown> = {};
    this.#places.set(fields, this.#at);
    this.#parts(["{", "}"], blanks, () => {
      const quoted = this.#take(QUOTED);
      const key = quoted ?? this.#expect(PLAIN_INSIDE);
      this.#expect(quoted === undefined ? COLON_INSIDE : COLON_AFTER_QUOTE);
      this.#take(blanks);
      this.#put(fields, key, () => this.#inside(blanks));
    });
    return fields;
  }

  #listInside(blanks: RegExp): unknown[] {
    const values: unknown[] = [];
    this.#parts(["[", "]"], blanks, () => values.push(this.#inside(blanks)));
    return values;
  }

  /** Takes brackets, and the parts between them, which have commas between each other. */
  #parts([open, close]: readonly [string, string], blanks: RegExp, part: () => void): void {
    this.#takes(open);
    this.#take(blanks);
    if (this.#takes(close)) return;
    do {
      this.#take(blanks);
      part();
      this.#take(blanks);
    } while (this.#takes(","));
    if (!this.#takes(close)) throw NOT_PLAIN;
  }

  /** A key that is no text, or is there twice, is left to the library. @param written As it stands in the text. */
  #put(fields: Record<string, unknown>, written: string, value: () => unknown): void {
    const key = /^["']/.test(written) ? unquoted(written) : plainScalar(written);
    if (typeof key !== "string" || key === PROTOTYPE || written.length > LONGEST_KEY) {
      throw NOT_PLAIN;
    }
    if (Object.hasOwn(fields, key)) throw NOT_PLAIN;
    fields[key] = value();
  }
}

/** The text in quotes. Both kinds of quotes have escapes of their own. */
function unquoted(quoted: string): string {
  const inside = quoted.slice(1, -1);
  if (quoted.startsWith("'")) return inside.replaceAll("''", "'");
  return inside.includes("\\") ? JSON.parse(quoted) : inside;
}
