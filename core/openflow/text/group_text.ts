/** Groups to and from the text of ovs-ofctl: ovs-ofctl(8), "Group Syntax". @module */
import { ones } from "../fields/binary.ts";
import { fieldNamed } from "../fields/fields.ts";
import { formatPort, parsePort } from "../fields/ports.ts";
import { formatValue, parseValue } from "../fields/values.ts";
import {
  type Bucket,
  type Group,
  GROUP_TYPES,
  type GroupType,
  type SelectionMethod,
} from "../messages/groups.ts";
import { formatActions } from "./action_format.ts";
import { parseActions } from "./action_parse.ts";
import { parseBig, parseNumber, splitList, splitOutside, splitPair } from "./tokens.ts";

function formatBucket({ id, weight, watchPort, watchGroup, actions }: Bucket): string {
  return [
    `bucket=bucket_id:${id}`,
    ...(weight === undefined ? [] : [`weight:${weight}`]),
    ...(watchPort === undefined ? [] : [`watch_port:${formatPort(watchPort)}`]),
    ...(watchGroup === undefined ? [] : [`watch_group:${watchGroup}`]),
    `actions=${formatActions(actions)}`,
  ].join(",");
}

function formatHashed([name, mask]: readonly [string, bigint]): string {
  const spec = fieldNamed(name);
  return mask === ones(spec.width) ? name : `${name}=${formatValue({ value: mask }, spec)}`;
}

function formatSelection({ name, parameter, fields }: SelectionMethod): string[] {
  const hashed = Object.entries(fields ?? {}).map(formatHashed);
  return [
    `selection_method=${name}`,
    ...(parameter ? [`selection_method_param=${parameter}`] : []),
    ...(hashed.length > 0 ? [`fields(${hashed.join(",")})`] : []),
  ];
}

/** A group as `ovs-ofctl dump-groups` prints it. */
export function formatGroup({ id, type, selection, buckets }: Group): string {
  return [
    `group_id=${id}`,
    `type=${type}`,
    ...(selection ? formatSelection(selection) : []),
    ...buckets.map(formatBucket),
  ].join(",");
}

/** The properties of a bucket that are numbers, by their keys in text. */
const BUCKET_NUMBERS = { weight: "weight", watch_group: "watchGroup" } as const;

function parseBucket(text: string, index: number): Bucket {
  const words = splitList(text);
  const isProperty = (word: string) => /^(bucket_id|weight|watch_port|watch_group)[:=]/.test(word);
  const properties = new Map(
    words.filter(isProperty).map((word) => word.split(/[:=]/, 2) as [string, string]),
  );
  const actions = words.filter((word) => !isProperty(word)).join(",").replace(/^actions=/, "");
  const watchPort = properties.get("watch_port");
  const numbers = Object.entries(BUCKET_NUMBERS).map(([key, name]) => {
    const value = properties.get(key);
    return value === undefined ? {} : { [name]: parseNumber(value) };
  });
  return {
    id: parseNumber(properties.get("bucket_id") ?? String(index)),
    ...Object.assign({}, ...numbers),
    ...(watchPort !== undefined && { watchPort: parsePort(watchPort) }),
    actions: parseActions(actions),
  };
}

function parseFields(words: readonly string[]): Record<string, bigint> | undefined {
  const word = words.find((each) => /^fields[(=]/.test(each));
  if (word === undefined) return undefined;
  const inside = word.replace(/^fields[(=]/, "").replace(/\)$/, "");
  return Object.fromEntries(
    splitList(inside).map((each) => {
      const [name, mask] = splitPair(each);
      const spec = fieldNamed(name);
      return [spec.name, mask === undefined ? ones(spec.width) : parseValue(mask, spec).value];
    }),
  );
}

function parseSelection(words: readonly string[]): SelectionMethod | undefined {
  const values = new Map(words.map((word) => splitPair(word)));
  const name = values.get("selection_method");
  if (name === undefined) return undefined;
  const parameter = parseBig(values.get("selection_method_param") ?? "0");
  const fields = parseFields(words);
  return { name, ...(parameter !== 0n && { parameter }), ...(fields && { fields }) };
}

function parseType(text: string | undefined): GroupType {
  const aliases: Readonly<Record<string, GroupType>> = { fast_failover: "ff" };
  const type = GROUP_TYPES.find((each) => each === text) ?? aliases[text ?? ""];
  if (!type) {
    throw new TypeError(`Cannot use group type "${text}": not one of ${GROUP_TYPES.join()}`);
  }
  return type;
}

/**
 * A group from text, as `ovs-ofctl add-group` takes it or `ovs-ofctl dump-groups` prints it.
 *
 * @throws {TypeError} If it has no number, no known type, or a part that is not well formed.
 */
export function parseGroup(text: string): Group {
  const [head = "", ...buckets] = text.trim().split(/,?\s*\bbucket=/);
  const words = splitOutside(head, (char) => char === ",").filter((word) => word !== "");
  const values = new Map(words.map((word) => splitPair(word)));
  const selection = parseSelection(words);
  return {
    id: parseNumber(values.get("group_id") ?? ""),
    type: parseType(values.get("type")),
    buckets: buckets.map(parseBucket),
    ...(selection && { selection }),
  };
}
