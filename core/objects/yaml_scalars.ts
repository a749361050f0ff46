/**
 * What the scalars of YAML stand for. kubectl and the programs of Kubernetes read YAML with go-yaml 2: YAML 1.1 with
 * parts of 1.2. So `010` is 8, `yes` is true and `1e3` is 1000, while `1:30` and `2001-12-14` are strings. Decision 026.
 * @module
 */
import type { ScalarTag, SchemaOptions } from "yaml";

const tagged = (name: string) => `tag:yaml.org,2002:${name}`;

/** A sign, after which underscores may follow. They may stand between all digits, too. */
const SIGN = "(?:[-+]_*)?";
const DECIMAL = "[0-9][0-9_]*";
const signedBefore = (digits: string) => new RegExp(`^${SIGN}${digits}$`);

const NULL = /^(?:~|null|Null|NULL)?$/;
const TRUE = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const BASED = signedBefore(
  "0_*(?:[xX]_*[0-9a-fA-F][0-9a-fA-F_]*|[oO]_*[0-7][0-7_]*|[bB]_*[01][01_]*)",
);
/** Octal as in YAML 1.1. `08` has a digit that is not octal: go-yaml takes it for a decimal number. */
const OCTAL = signedBefore("0[0-7_]*");
const NUMBER = signedBefore(
  `(?:\\._*${DECIMAL}|${DECIMAL}(?:\\.[0-9_]*)?)(?:[eE]_*${SIGN}${DECIMAL})?`,
);
const INFINITE = /^[-+]?\.(?:inf|Inf|INF)$/;
const NOT_A_NUMBER = /^\.(?:nan|NaN|NAN)$/;

/** The digits without underscores, and their sign. */
function splitSign(text: string): [sign: number, digits: string] {
  const [sign, digits] = [text[0], text.replaceAll("_", "").replace(/^[-+]/, "")];
  return [sign === "-" ? -1 : 1, digits];
}

/** A number with its sign. `-0` becomes 0, as it has no other meaning in an object. */
function signed(text: string, valueOf: (digits: string) => number): number {
  const [sign, digits] = splitSign(text);
  return sign * valueOf(digits) + 0;
}

/** A number as JavaScript writes it, too. Beyond the range of 64-bit floats the text stays a string. */
function number(text: string): number | string {
  const value = signed(text, Number);
  return Number.isFinite(value) ? value : text;
}

/** A tag for plain scalars that match. */
const scalar = (name: string, test: RegExp, resolve: (text: string) => unknown) => ({
  default: true,
  tag: tagged(name),
  test,
  resolve,
});

/** A tag that has to be written. */
const explicit = (name: string, resolve: ScalarTag["resolve"]): ScalarTag => ({
  tag: tagged(name),
  resolve,
});

function decodeBase64(text: string, onError: (message: string) => void): string {
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(text));
  } catch {
    onError("!!binary needs text in base64");
    return text;
  }
}

/** The first one that matches counts. */
const PLAIN = [
  scalar("null", NULL, () => null),
  scalar("bool", TRUE, () => true),
  scalar("bool", FALSE, () => false),
  scalar("int", BASED, (text) => signed(text, (digits) => Number(digits.toLowerCase()))),
  scalar("int", OCTAL, (text) => signed(text, (digits) => parseInt(digits, 8))),
  scalar("int", NUMBER, number),
  scalar("float", NUMBER, number),
  scalar("float", INFINITE, (text) => text.startsWith("-") ? -Infinity : Infinity),
  scalar("float", NOT_A_NUMBER, () => NaN),
];
const EXPLICIT: readonly ScalarTag[] = [
  explicit("binary", decodeBase64),
  explicit("timestamp", (text) => text),
  explicit("merge", (text) => text),
];

/** What numbers, booleans and null begin with, or are. All else is a text. */
const NO_TEXT = /^(?:[-+.0-9~]|$)|^(?:y|n|yes|no|true|false|on|off|null)$/i;

/** What a scalar without quotes and without a tag stands for. */
export function plainScalar(text: string): unknown {
  if (!NO_TEXT.test(text)) return text;
  const tag = PLAIN.find(({ test }) => test.test(text));
  return tag ? tag.resolve(text) : text;
}

/** Options for the library `yaml`, by which it reads scalars as kubectl does. */
export const AS_KUBECTL: SchemaOptions = {
  schema: "failsafe",
  customTags: (tags) => [...tags, ...PLAIN, ...EXPLICIT],
  resolveKnownTags: false,
  merge: false,
};
