/**
 * Reads one document of YAML or JSON many times faster than the library that also knows the place of everything. Of a text
 * with anchors, tags or merges, or in which anything is wrong, it says nothing: that one is left to the other library.
 * What this one reads means the same to both: the fuzzer compares them.
 * @module
 */
import {
  constructFromEvents,
  defineMappingTag,
  defineScalarTag,
  type Event,
  EVENT_ID,
  FAILSAFE_SCHEMA,
  parseEvents,
  YAMLException,
} from "js-yaml";
import { LIMITS } from "../base/limits.ts";
import { type Fields, isFields } from "./validate.ts";
import { plainScalar } from "./yaml_scalars.ts";

/** What one document holds. */
export interface PlainDocument {
  /** `null` if there is nothing but comments. */
  readonly value: Fields | null;
  /** Where each map begins, in characters. */
  readonly places: ReadonlyMap<unknown, number>;
}

const isNever = () => false;

/** Every scalar without quotes is decided by `plainScalar`. */
const PLAIN_SCALAR = defineScalarTag("!plain", {
  implicit: true,
  resolve: plainScalar,
  identify: isNever,
});

/** Keys that are more than the name of a field: the prototype of an object, and the merge key. */
const ODD_KEYS = ["__proto__", "<<"];
/**
 * Characters of a key. The other library refuses those that take more than 1024 characters of the text (YAML 1.2.2 section
 * 7.4.2), and in quotes one character may be written by ten of them.
 */
const LONGEST_KEY = 100;

const isPlainKey = (key: unknown): key is string =>
  typeof key === "string" && key.length <= LONGEST_KEY && !ODD_KEYS.includes(key);

/** The tag of maps. @param onMap Gets each map, in the order in which they begin in the text. */
const mapsGivenTo = (onMap: (map: Fields) => void) =>
  defineMappingTag<Record<string, unknown>>("tag:yaml.org,2002:map", {
    create: () => {
      const map = {};
      onMap(map);
      return map;
    },
    addPair: (map, key, value) => {
      if (!isPlainKey(key)) return "it is left to the other library";
      map[key] = value;
      return "";
    },
    has: (map, key) => Object.hasOwn(map, key as string),
    keys: Object.keys,
    get: (map, key) => map[key as string],
    identify: isNever,
  });

/** Whether it is an alias, or has an anchor or a tag. */
const isOdd = (event: Event) =>
  event.type === EVENT_ID.ALIAS || "tagStart" in event && event.tagStart >= 0 ||
  "anchorStart" in event && event.anchorStart >= 0;

/** What the libraries read differently: control characters, byte order marks, tabs before a line, and marks of documents in it. */
// deno-lint-ignore no-control-regex
const ODD = /[\x00-\x08\x0b-\x1f\x7f\u0085\u2028\u2029\ufeff]|^ *\t|^ +(?:---|\.\.\.)/m;

/** @returns Nothing if the text is left to the other library. @param text One document. */
export function readPlain(text: string): PlainDocument | undefined {
  if (ODD.test(text)) return undefined;
  try {
    const events = parseEvents(text, { maxDepth: LIMITS.yamlNesting });
    if (events.some(isOdd)) return undefined;
    const starts = events.filter((event) => event.type === EVENT_ID.MAPPING);
    const places = new Map<unknown, number>();
    const maps = mapsGivenTo((map) => places.set(map, starts[places.size]!.start));
    const schema = FAILSAFE_SCHEMA.withTags(PLAIN_SCALAR, maps);
    const [value = null, ...others] = constructFromEvents(events, { source: text, schema });
    if (others.length > 0 || value !== null && !isFields(value)) return undefined;
    return { value, places };
  } catch (error) {
    if (error instanceof YAMLException) return undefined;
    throw error;
  }
}
