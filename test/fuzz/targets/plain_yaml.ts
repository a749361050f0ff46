/** What is read fast of a manifest, and what the library reads of the same text. @module */
import assert from "node:assert/strict";
import {
  type Manifest,
  readDocuments,
  readWhole,
} from "../../../core/objects/manifest_documents.ts";
import { ODD_HEADS } from "../../manifests/corpus/heads.ts";
import { ODD_SCALARS } from "../../manifests/corpus/scalars.ts";
import { ODD_STREAMS } from "../../manifests/corpus/streams.ts";
import { ODD_VALUES } from "../../manifests/corpus/values.ts";
import type { Random } from "../../ownership/random.ts";
import { defineTarget, none } from "../target.ts";

const FILES = [...ODD_HEADS, ...ODD_STREAMS, ...ODD_VALUES].map(({ content }) => content)
  .filter((content) => typeof content === "string");

/** What stands in a line before its value. */
const OPENINGS = [
  "a: ",
  "b:",
  "items: ",
  "kind: ",
  "- ",
  "-",
  "- - ",
  "- a: ",
  "'c': ",
  '"d": ',
  "",
];
const VALUES = [
  ...["", "", "", "x", "List", "{}", "[]", "[a, b]", "{a: b}", '{"a":1,"b":[]}', "[1,{a: 2},-]"],
  ...[
    "# c",
    "x # c",
    "x#c",
    "x y",
    "x: y",
    "x :y",
    "a:b",
    "::1",
    "&a x",
    "*a",
    "|",
    "> ",
    "'",
    '"',
  ],
  ...["'it''s'", '"\\u00e9\\n"', '"\\x41"', '"\\ud800"', "-", "--- x", "...", "%x", "? x", "!x y"],
  ...[
    "{",
    "}",
    "]",
    ",",
    "[a",
    "b]",
    "{a: b,}",
    "{a:b}",
    "{a}",
    "[a: b]",
    "\t",
    "é\u2028\u0085\u00a0",
  ],
  ...ODD_SCALARS,
];
const SEPARATORS = [
  "---\n",
  "--- # x\n",
  "---  \n",
  "--- a\n",
  "...\n",
  "# x\n",
  "\n",
  "  \n",
  "{}\n",
];
const LINES = 12;
const WIDEST = 3;

function line(random: Random): string {
  if (random.chance(8)) return random.pick(SEPARATORS);
  const indentation = "  ".repeat(random.below(WIDEST)) + (random.chance(10) ? " " : "");
  return `${indentation}${random.pick(OPENINGS)}${random.pick(VALUES)}\n`;
}

const lines = (random: Random) =>
  Array.from({ length: 1 + random.below(LINES) }, () => line(random)).join("");

/** Brackets with few odd things in them. */
function brackets(random: Random, depth = 0): string {
  const blank = () => random.pick(["", "", " ", "\n", "\n  "]);
  const scalar = () =>
    random.chance(20) ? random.pick(VALUES) : random.pick(['"a"', "1", "x", "''"]);
  if (depth > WIDEST || random.chance(30)) return scalar();
  const isMap = random.chance(60);
  const key = () =>
    isMap ? `${random.pick(['"a"', '"b"', "c", "'d'", "1", '"<<"'])}:${blank()}` : "";
  const parts = Array.from(
    { length: random.below(4) },
    () => `${blank()}${key()}${brackets(random, depth + 1)}${blank()}`,
  );
  return `${isMap ? "{" : "["}${parts.join(",")}${blank()}${isMap ? "}" : "]"}`;
}

/** Without what only one way of reading has, and with some lines. */
const comparable = ({ objects, problems }: Manifest) => ({
  problems,
  objects: objects.map(({ raw, line, lineOf }) => ({
    raw,
    line,
    lines: ["", "/a", "/a/0", "/metadata/name", "/spec/targetPort/vxlan/vni"].map(lineOf),
  })),
});

/** @returns What there is to compare, or the error. */
function read(how: typeof readDocuments, text: string): unknown {
  try {
    return comparable(how("file", text));
  } catch (error) {
    return (error as Error).message;
  }
}

export const PLAIN_YAML = defineTarget<string>({
  name: "plain manifest",
  samples: FILES,
  make: (random) => random.chance(70) ? lines(random) : brackets(random),
  check: (text) => assert.deepEqual(read(readDocuments, text), read(readWhole, text)),
  allows: none,
});
