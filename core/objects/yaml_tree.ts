/**
 * From the nodes of a YAML document to its value, as kubectl reads it: merge keys, aliases, and keys that are no strings.
 * The time is proportional to the number of nodes, whatever they are.
 * @module
 */
import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { foreign, harmless } from "../base/foreign_text.ts";
import { LIMITS } from "../base/limits.ts";
import { unescapePointer } from "./validate.ts";

/** An error in a text. `at` is its place, in characters from the beginning. */
export interface TextError {
  readonly at: number;
  readonly message: string;
}

const MERGE = "<<";
const MERGE_TAG = "tag:yaml.org,2002:merge";

/** A value, and the number of nodes that it consists of. */
interface Read {
  readonly value: unknown;
  readonly size: number;
}

const NOTHING: Read = { value: null, size: 1 };

/** The value of one document, with its nodes. */
export class YamlTree {
  readonly root: Node | null;
  /** The value; meaningless if there are errors. */
  readonly value: unknown;
  readonly errors: readonly TextError[];
  readonly #errors: TextError[] = [];
  /** The node that each anchor names at this point of the reading: YAML 1.2.2 section 7.1. */
  readonly #anchors = new Map<string, Node>();
  readonly #targets = new Map<Alias, Node>();
  readonly #pairs = new Map<YAMLMap, Map<string, Pair>>();
  readonly #read = new Map<Node, Read>();
  /** The nodes that aliases have added so far. */
  #added = 0;

  /** @param document One that the library could parse. */
  constructor(document: Document.Parsed) {
    this.root = document.contents;
    this.value = this.#readNode(this.root).value;
    this.errors = this.#errors;
  }

  /** The place of the part that a JSON pointer names, or of the nearest part around it that is there. */
  placeOf(from: Node, pointer: string): number {
    let [node, place] = [from as Node | null | undefined, placeOf(from)];
    for (const part of pointer.split("/").slice(1)) {
      if (node && isAlias(node)) node = this.#targets.get(node);
      if (!node || !isCollection(node)) break;
      const key = unescapePointer(part);
      const pair = isMap(node) ? this.#pairs.get(node)?.get(key) : undefined;
      const next = (pair ? pair.value : isSeq(node) ? node.items[Number(key)] : null) as
        | Node
        | null
        | undefined;
      if (!next && !pair) break;
      place = placeOf(pair ? pair.key as Node : next!);
      node = next;
    }
    return place;
  }

  #refuse(node: Node | null, message: string): Read {
    this.#errors.push({ at: placeOf(node), message });
    return NOTHING;
  }

  #readNode(node: Node | null): Read {
    if (node === null) return NOTHING;
    if (isAlias(node)) return this.#readAlias(node);
    const { anchor } = node as { readonly anchor?: string };
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    const read = isMap(node)
      ? this.#readMap(node)
      : isSeq(node)
      ? this.#readSequence(node.items as Node[])
      : { value: (node as Scalar).value, size: 1 };
    if (anchor !== undefined) this.#read.set(node, read);
    return read;
  }

  #readAlias(alias: Alias): Read {
    const target = this.#anchors.get(alias.source);
    if (!target) {
      return this.#refuse(
        alias,
        `Unresolved alias (the anchor must be set before the alias): ${harmless(alias.source)}`,
      );
    }
    this.#targets.set(alias, target);
    const read = this.#read.get(target);
    if (!read) {
      return this.#refuse(alias, `alias ${foreign(alias.source)} stands in its own anchor`);
    }
    const isFirst = this.#added <= LIMITS.yamlAliases;
    this.#added += read.size;
    if (this.#added <= LIMITS.yamlAliases) return read;
    if (!isFirst) return NOTHING;
    return this.#refuse(alias, `aliases stand for more than ${LIMITS.yamlAliases} values`);
  }

  #readSequence(items: readonly (Node | null)[]): Read {
    const all = items.map((item) => this.#readNode(item));
    return { value: all.map(({ value }) => value), size: sizeOf(all) };
  }

  #readMap(map: YAMLMap): Read {
    const fields = new Map<string, unknown>();
    const pairs = new Map<string, Pair>();
    this.#pairs.set(map, pairs);
    let size = 1;
    for (const pair of map.items as Pair<Node, Node | null>[]) {
      const read = this.#readNode(pair.value);
      size += read.size;
      if (isMergeKey(pair.key)) {
        this.#merge(fields, pair.key, read.value);
        continue;
      }
      const key = this.#keyOf(pair.key);
      if (key === undefined) continue;
      if (pairs.has(key)) this.#refuse(pair.key, `has the key ${foreign(key)} twice`);
      pairs.set(key, pair);
      fields.set(key, read.value);
    }
    return { value: Object.fromEntries(fields), size };
  }

  /** The key as text, as in JSON: `010` becomes "8". Nothing if it can be none: then the error is noted. */
  #keyOf(node: Node): string | undefined {
    const { value } = this.#readNode(node);
    if (value !== null && typeof value !== "object") return String(value);
    this.#refuse(node, `has a key that is ${value === null ? "null" : "no text"}`);
  }

  /**
   * Adds the fields of other maps: https://yaml.org/type/merge.html. As for kubectl, they replace fields that stand before
   * the merge key, and of several maps the first one counts.
   */
  #merge(fields: Map<string, unknown>, key: Node, value: unknown): void {
    const maps = Array.isArray(value) ? value.toReversed() : [value];
    for (const each of maps) {
      if (typeof each !== "object" || each === null || Array.isArray(each)) {
        this.#refuse(key, "the merge key << needs a map, or a list of maps");
        return;
      }
      for (const [name, field] of Object.entries(each)) fields.set(name, field);
    }
  }
}

const placeOf = (node: Node | null): number => node?.range?.[0] ?? 0;

const sizeOf = (parts: readonly Read[]): number =>
  parts.reduce((whole, { size }) => whole + size, 1);

/** Whether it is `<<`, not in quotes: YAML 1.1, the type `merge`. */
function isMergeKey(key: Node): boolean {
  if (!isScalar(key) || key.value !== MERGE) return false;
  return key.tag === MERGE_TAG || (key.type === "PLAIN" && key.tag === undefined);
}
