/** Odd files: how documents stand one after another, and in which bytes. @module */
import {
  change,
  jsonMirror,
  jsonNamespace,
  MIRROR,
  named,
  NAMESPACE,
  type OddFile,
} from "./objects.ts";

const a = named(MIRROR, "a");
const b = named(NAMESPACE, "b");
const c = named(NAMESPACE, "c");
const pretty = (text: string) => JSON.stringify(JSON.parse(text), undefined, 2);
const utf16 = (text: string, first: number, second: number) =>
  new Uint8Array(
    ["\ufeff", ...text].flatMap((letter) => {
      const code = letter.charCodeAt(0);
      return [(code >> first) & 255, (code >> second) & 255];
    }),
  );
const latin1 = (text: string) => new Uint8Array([...text].map((letter) => letter.charCodeAt(0)));

const DOCUMENTS: readonly OddFile[] = [
  { file: "doc-two", content: `${a}---\n${b}` },
  { file: "doc-leading-separator", content: `---\n${a}` },
  { file: "doc-separator-twice", content: `---\n---\n${a}---\n\n---\n${b}---\n` },
  { file: "doc-separator-with-blank", content: `${a}---  \t\n${b}` },
  { file: "doc-separator-with-comment", content: `${a}--- # b\n${b}` },
  { file: "doc-separator-windows", content: `${a}---\r\n${b}` },
  { file: "doc-separator-indented", content: `${a} ---\n${b}` },
  { file: "doc-separator-of-four", content: `${a}----\n${b}` },
  {
    file: "doc-separator-with-object",
    content: `${a}--- {apiVersion: v1, kind: Namespace, metadata: {name: b}}\n`,
  },
  { file: "doc-separator-with-map", content: `--- !!map\n${a}` },
  { file: "doc-end-marker", content: `${a}...\n` },
  { file: "doc-end-marker-between", content: `${a}...\n---\n${b}` },
  { file: "doc-end-marker-alone-between", content: `${a}...\n${b}` },
  { file: "doc-directive-1.1", content: `%YAML 1.1\n---\n${a}` },
  { file: "doc-directive-1.2", content: `%YAML 1.2\n---\n${a}` },
  { file: "doc-directive-tag", content: `%TAG !e! tag:example.org,2000:\n---\n${a}` },
  { file: "doc-comments-alone", content: "# a\n---\n# b\n" },
  { file: "doc-comments-around", content: `# a\n---\n${a}---\n# b\n---\n${b}# c\n` },
  { file: "doc-null", content: `null\n---\n~\n---\n${a}` },
  { file: "doc-null-alone", content: "null\n" },
  { file: "doc-empty", content: "" },
  { file: "doc-blank", content: "\n \n\n" },
  { file: "doc-empty-map", content: `{}\n---\n${a}` },
  { file: "doc-empty-list", content: `[]\n---\n${a}` },
  { file: "doc-text", content: `hello\n---\n${a}` },
  { file: "doc-sequence", content: `- ${a.trimEnd().replaceAll("\n", "\n  ")}\n` },
  { file: "doc-no-line-end", content: a.trimEnd() },
  { file: "doc-indented", content: a.replace(/^/gm, "  ").trimEnd() },
  {
    file: "doc-separator-in-block",
    content: change(a, "metadata:", "metadata:\n  annotations:\n    x: |\n      ---\n      a"),
  },
  {
    file: "doc-alias-of-other",
    content: `${change(a, "{app: web}", "&l {app: web}")}---\n${change(b, "{team: a}", "*l")}`,
  },
];

const BYTES: readonly OddFile[] = [
  { file: "bytes-mark", content: `\ufeff${a}` },
  { file: "bytes-mark-before-separator", content: `\ufeff---\n${a}` },
  { file: "bytes-mark-in-second", content: `${a}---\n\ufeff${b}` },
  { file: "bytes-mark-json", content: `\ufeff${jsonMirror("a")}` },
  { file: "bytes-windows", content: `${a}---\n${b}`.replaceAll("\n", "\r\n") },
  { file: "bytes-old-mac", content: a.replaceAll("\n", "\r") },
  { file: "bytes-utf-16-little", content: utf16(a, 0, 8) },
  { file: "bytes-utf-16-big", content: utf16(a, 8, 0) },
  { file: "bytes-latin-1-comment", content: latin1(`# \xe9\n${a}`) },
  {
    file: "bytes-latin-1-value",
    content: latin1(change(a, "metadata:", "metadata:\n  annotations: {x: \xe9}")),
  },
  {
    file: "bytes-utf-8-value",
    content: change(a, "metadata:", "metadata:\n  annotations: {x: é日本😀}"),
  },
  { file: "bytes-zero", content: `${a}\0` },
  {
    file: "bytes-escape",
    content: change(a, "metadata:", "metadata:\n  annotations: {x: a\x1bb}"),
  },
  {
    file: "bytes-delete",
    content: change(a, "metadata:", "metadata:\n  annotations: {x: a\x7fb}"),
  },
  {
    file: "bytes-next-line",
    content: change(a, "metadata:", "metadata:\n  annotations: {x: a\x85b}"),
  },
  {
    file: "bytes-line-separator",
    content: change(a, "metadata:", "metadata:\n  annotations: {x: a\u2028b}"),
  },
  { file: "bytes-no-break-space", content: change(a, "  name: a", "  name:\xa0a") },
  {
    file: "bytes-replacement",
    content: change(a, "metadata:", "metadata:\n  annotations: {x: \ufffd}"),
  },
  { file: "bytes-tab-after-colon", content: change(a, "name: a", "name:\ta") },
  { file: "bytes-tab-after-value", content: change(a, "name: a", "name: a\t# the name") },
  { file: "bytes-tab-indentation", content: change(a, "  name: a", "\tname: a") },
  { file: "bytes-tab-in-flow", content: change(a, "{app: web}", "{\n\t\tapp: web\n\t}") },
  { file: "bytes-tab-in-empty-line", content: change(a, "spec:", "\t\nspec:") },
  { file: "bytes-tab-before-comment", content: change(a, "spec:", "\t# here\nspec:") },
];

const JSONS: readonly OddFile[] = [
  { file: "json-one", content: jsonMirror("a") },
  { file: "json-pretty", content: pretty(jsonMirror("a")) },
  { file: "json-with-tabs", content: pretty(jsonMirror("a")).replaceAll("  ", "\t") },
  { file: "json-lines", content: `${jsonMirror("a")}\n${jsonNamespace("b")}\n` },
  { file: "json-side-by-side", content: jsonMirror("a") + jsonNamespace("b") + jsonNamespace("c") },
  {
    file: "json-pretty-side-by-side",
    content: pretty(jsonMirror("a")) + "\n" + pretty(jsonNamespace("b")),
  },
  { file: "json-with-separator", content: `${jsonMirror("a")}\n---\n${jsonNamespace("b")}\n` },
  { file: "json-then-yaml", content: `${jsonMirror("a")}\n---\n${b}` },
  {
    file: "json-side-by-side-then-yaml",
    content: `${jsonMirror("a")}\n${jsonNamespace("b")}\n---\n${c}`,
  },
  {
    file: "json-yaml-then-side-by-side",
    content: `${c}---\n${jsonMirror("a")}\n${jsonNamespace("b")}\n`,
  },
  { file: "json-yaml-then-json", content: `${c}---\n${jsonMirror("a")}\n` },
  { file: "json-with-comma", content: `${jsonMirror("a")},\n${jsonNamespace("b")}\n` },
  { file: "json-comma-at-end", content: jsonNamespace("a").replace(/\}$/, ",}") },
  { file: "json-comment", content: `// a\n${jsonNamespace("a")}` },
  { file: "json-hash-comment", content: `# a\n${jsonNamespace("a")}` },
  {
    file: "json-hash-comment-between",
    content: `${jsonNamespace("a")}\n# a\n${jsonNamespace("b")}\n`,
  },
  { file: "json-array", content: `[${jsonMirror("a")}, ${jsonNamespace("b")}]` },
  { file: "json-cut", content: `${jsonMirror("a")}\n${jsonNamespace("b").slice(0, -3)}` },
  { file: "json-rest", content: `${jsonMirror("a")} hello` },
  { file: "json-null-between", content: `${jsonMirror("a")} null ${jsonNamespace("b")}` },
  { file: "json-empty-object", content: `${jsonMirror("a")} {}` },
  { file: "json-key-twice", content: jsonNamespace("a").replace("{", '{"kind":"Pod",') },
  {
    file: "json-escaped-slash",
    content: jsonMirror("a").replace("v1alpha2", "x").replace("io/x", "io\\/v1alpha2"),
  },
  {
    file: "json-surrogates",
    content: jsonNamespace("a").replace('"name"', '"annotations":{"x":"\\ud83d\\ude00"},"name"'),
  },
  {
    file: "json-half-surrogate",
    content: jsonNamespace("a").replace('"name"', '"annotations":{"x":"\\ud83d"},"name"'),
  },
  {
    file: "json-escaped-zero",
    content: jsonNamespace("a").replace('"name"', '"annotations":{"x":"\\u0000"},"name"'),
  },
  { file: "json-unquoted-key", content: jsonNamespace("a").replace('"name"', "name") },
  { file: "json-single-quotes", content: jsonNamespace("a").replaceAll('"', "'") },
  {
    file: "json-line-end-in-string",
    content: jsonNamespace("a").replace('"name"', '"annotations":{"x":"a\nb"},"name"'),
  },
  {
    file: "json-brace-in-string",
    content: jsonNamespace("a").replace('"name"', '"annotations":{"x":"}{\\"}{"},"name"') +
      jsonNamespace("b"),
  },
];

export const ODD_STREAMS: readonly OddFile[] = [...DOCUMENTS, ...BYTES, ...JSONS];
