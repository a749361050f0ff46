/** The time that texts take, as their length grows: no text makes the checks take more than their share. */
import assert from "node:assert/strict";
import process from "node:process";
import { actions, options } from "../../plugins/mod.ts";
import { targets } from "../../targets/mod.ts";
import { index, type Registries } from "../contracts/registry.ts";
import { validateText } from "./manifest.ts";
import { parseValue } from "./yaml_value.ts";

const registries: Registries = {
  targets: index("target", targets, ({ kind }) => kind),
  actions: index("action", actions, ({ name }) => name),
  options: index("option", options, ({ field }) => field),
};

/** Characters of the shortest text. The others are two and four times as long. */
const SHORTEST = 15_000;
/**
 * How many times longer the longest text may take: four times if the time grows with the length, sixteen times if it
 * grows with its square.
 */
const MOST_GROWTH = 8;
/** Milliseconds that garbage collection may add to a measurement. */
const NOISE = 100;
/** A measurement counts as wrong only if all of so many are. */
const ATTEMPTS = 3;

type Text = (length: number) => string;
const repeat = (text: string): Text => (length) => text.repeat(Math.ceil(length / text.length));
/** @param head What stands before the repeated part. */
const after = (head: string, text: string, end = ""): Text => (length) =>
  head + repeat(text)(length) + end;

/** @param line The line with this number. */
const numbered = (head: string, line: (number: number) => string, end = ""): Text => (length) =>
  head +
  Array.from({ length: length / line(0).length }, (_, number) => line(number)).join("\n") + end;

const CONTROL = `apiVersion: crd.antrea.io/v1alpha2
kind: TrafficControl
metadata: {name: a}
spec:
`;
const SELECTOR = `${CONTROL}  appliedTo:\n    podSelector:\n`;
const POD = "kind: Pod\nmetadata:\n  name: p\n";
const compactList: Text = (length) =>
  JSON.stringify({
    kind: "PodList",
    items: Array.from(
      { length: length / 90 },
      (_, number) => ({ kind: "Pod", metadata: { name: `p${number}`, labels: { app: "a-b:c" } } }),
    ),
  });

/** What the texts consist of. Each was, or could be, slow for its own reason. */
const TEXTS: Readonly<Record<string, Text>> = {
  "compact JSON in one line": compactList,
  "blanks": repeat(" "),
  "tabs": repeat("\t"),
  "line ends": after("a: b", "\n", "c: d"),
  "hyphens": repeat("-"),
  "colons": repeat(":"),
  "question marks": repeat("?a"),
  "tags": repeat("!a"),
  "quotes": repeat('"'),
  "brackets": repeat("[]"),
  "documents": repeat("---\na: b\n"),
  "empty documents": repeat("---\n"),
  "an annotation of indicators": after(`${POD}  annotations: {a: "`, "x: - &b *c ", '"}'),
  "an annotation of many lines": after(`${POD}  annotations:\n    a: |\n`, "      x\n"),
  "keys of a flow map": after("{", "a:,", "}"),
  "a long name": after("kind: Pod\nmetadata: {name: ", "a-", "}"),
  "a long key of a label": after(`${POD}  labels: {`, "a.", "/x: b}"),
  "a long value of a label": after(`${POD}  labels: {a: `, "a.", "-}"),
  "a long key of an annotation": after(`${POD}  annotations: {`, "a/", ": b}"),
  "a long time": after(`${POD}  creationTimestamp: "2001-01-01T00:00:00.`, "0", '"'),
  "digits": after(`${POD}  uid: `, "1"),
  "digits and underscores": after(`${POD}  uid: `, "1_"),
  "digits and colons": after(`${POD}  uid: `, "1:"),
  "JSON objects one after another": repeat('{"kind":"Pod","metadata":{"name":"p"}}'),
  "JSON objects that never end": repeat('{"a":\n---\n'),
  "quotes in JSON that never end": after("{", '"\n'),
  "a long string in JSON": after('{"a":"', "x\\n", '"}'),
  "labels that are wrong": numbered(`${POD}  labels:\n`, (number) => `    a${number}: 1`),
  "unknown fields": numbered(POD, (number) => `a${number}: 1`),
  "unknown fields of a spec": numbered(CONTROL, (number) => `  a${number}: 1`),
  "labels of a selector": numbered(
    `${SELECTOR}      matchLabels:\n`,
    (number) => `        a${number}: "-"`,
    "\n  direction: Both\n  action: Mirror\n",
  ),
  "expressions of a selector": numbered(
    `${SELECTOR}      matchExpressions:\n`,
    (number) => `      - {key: a${number}, operator: In, values: []}`,
  ),
  "annotations of Sluice": numbered(
    `${POD}  annotations:\n`,
    (number) => `    sluice.dev/a${number}: x`,
  ),
  "wrong addresses": after("kind: Pod\nmetadata: {name: a}\nstatus:\n  podIPs:\n", "  - ip: x\n"),
  "empty items of a list": after("kind: PodList\nitems:\n", "-\n"),
  "equal keys": after(`${POD}  labels:\n`, "    a: b\n"),
  "anchors and aliases": repeat("- &a 1\n- *a\n"),
  "aliases of one anchor": after("- &a 1\n", "- *a\n"),
  "aliases without an anchor": repeat("- *a\n"),
  "merge keys": after("a: &a {x: 1}\nb:\n", "  <<: *a\n"),
  "merged maps": after("a: &a {x: 1}\nb:\n  <<: [", "*a,", "*a]"),
  "byte order marks": repeat("\ufeff"),
  "carriage returns": repeat("\ra: b"),
  "many MACs": after(`${POD}  annotations:\n    sluice.dev/mac: "`, "02:00:00:00:00:01, ", '"'),
};

/** Milliseconds of a processor: on a busy machine the time on the wall says little. */
function measure(text: string, check: (text: string) => unknown): number {
  const start = process.cpuUsage();
  check(text);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** The times for the three lengths, in milliseconds, of the best attempt. */
function timesOf(make: Text, check: (text: string) => unknown): readonly number[] {
  const texts = [1, 2, 4].map((times) => make(times * SHORTEST));
  let times: readonly number[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    times = texts.map((text) => measure(text, check));
    if (isShare(times)) return times;
  }
  return times;
}

const isShare = ([first = 0, , last = 0]: readonly number[]) => last <= first * MOST_GROWTH + NOISE;

const CHECKS = {
  "a manifest": (text: string) => validateText("f", text, registries),
  "an annotation": parseValue,
} as const;

for (const [what, make] of Object.entries(TEXTS)) {
  for (const [where, check] of Object.entries(CHECKS)) {
    Deno.test(`the time for ${what} in ${where} grows with the length`, () => {
      const times = timesOf(make, check);
      assert.ok(isShare(times), `${times.map(Math.round)} ms`);
    });
  }
}
