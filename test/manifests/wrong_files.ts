/** Wrong manifests: files that are no manifests at all, or not any more. @module */
import { createServer } from "node:net";
import { GOOD, inAgent, NO_HEAD, type WrongFile } from "./wrong.ts";

const LARGEST = 4 * 1024 * 1024;
const KINDS = "must be one of TrafficControl, Pod, Namespace";

type Content = WrongFile["content"];
const file = (name: string, content: Content, ...problems: string[]): WrongFile => ({
  file: name,
  content,
  problems,
  shown: "issue",
});
const named = (text: string, name: string) => text.replace("NAME", name);
const bytes = (...values: number[]) => new Uint8Array(values);
const utf16 = (text: string) =>
  bytes(0xff, 0xfe, ...[...text].flatMap((letter) => [letter.charCodeAt(0), 0]));
const link = (target: string) => (path: string) => Deno.symlink(target, path);
/** Its text up to there; the rest has not been written. */
const until = (text: string, part: string) => text.slice(0, text.indexOf(part) + part.length);

/** Twelve lines that stand for a billion. */
const BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + [..."bcdefghi"].map((name, index) => {
  const ten = Array(10).fill(`*${"abcdefgh"[index]}`).join(", ");
  return `${name}: &${name} [${ten}]\n`;
}).join("");

const YAML: readonly WrongFile[] = [
  file(
    "yaml-quote.yaml",
    'kind: Pod\nmetadata:\n  name: "web\n  labels: {}\n',
    '3: the quote " that begins here is never closed',
  ),
  file(
    "yaml-brace.yaml",
    "kind: Pod\nmetadata: {name: web\nspec: {}\n",
    "2: the flow map { that begins here is never closed",
  ),
  file(
    "yaml-tab.yaml",
    "kind: Pod\nmetadata:\n\tname: web\n",
    "3: Tabs are not allowed as indentation",
  ),
  file(
    "yaml-indent.yaml",
    "kind: Pod\nmetadata:\n name: web\n  labels: {}\n",
    "3: Nested mappings are not allowed in compact mappings",
  ),
  file(
    "yaml-conflict.yaml",
    "kind: Pod\n<<<<<<< HEAD\nmetadata: {name: a}\n=======\nmetadata: {name: b}\n>>>>>>> other\n",
    "2: Implicit keys need to be on a single line",
    "4: Implicit keys need to be on a single line",
    "6: Implicit keys need to be on a single line",
  ),
  file(
    "yaml-alias.yaml",
    "kind: Pod\nmetadata: *web\n",
    "2: Unresolved alias (the anchor must be set before the alias): web",
  ),
  file(
    "yaml-tag.yaml",
    "kind: Pod\nmetadata: !!python/object:x {name: web}\n",
    "2: Unresolved tag: tag:yaml.org,2002:python/object:x",
  ),
  file(
    "yaml-key-twice.yaml",
    "kind: Pod\nmetadata:\n  name: a\n  labels: {}\n  name: b\n",
    '5: has the key "name" twice',
  ),
  file(
    "yaml-deep-twice.yaml",
    "kind: Pod\nmetadata: {name: a, labels: {app: x, app: y}}\n",
    '2: has the key "app" twice',
  ),
  file("yaml-bomb.yaml", BOMB, "5: aliases stand for more than 100000 values"),
  file("yaml-brackets.yaml", "[".repeat(100_000), "1: is nested more than 200 deep"),
  file(
    "yaml-stairs.yaml",
    Array.from({ length: 2000 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join(""),
    "1: is nested more than 200 deep",
  ),
];

const JSONS: readonly WrongFile[] = [
  file(
    "json-cut.json",
    '{\n  "kind": "Pod",\n  "metadata": {\n    "name": "we',
    "3: the flow map { that begins here is never closed",
    '4: the quote " that begins here is never closed',
  ),
  file(
    "json-open.json",
    '{\n  "kind": "Pod",\n  "metadata": {\n    "name": "web"\n  }\n',
    "1: the flow map { that begins here is never closed",
  ),
  inAgent(file("json-words.json", "not JSON\n", "1: is no Kubernetes object"), `1: ${NO_HEAD}`),
];

const BYTES: readonly WrongFile[] = [
  file("empty.yaml", "", "1: is empty"),
  file("blank.yaml", "\n  \n\r\n", "1: is empty"),
  file("byte-order-mark-alone.yaml", "\ufeff", "1: is empty"),
  file("binary.yaml", bytes(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0), "1: is not a text file"),
  file("binary-zero.yaml", `${named(GOOD.namespace, "zero")}\0`, "1: is not a text file"),
  file(
    "latin-1.yaml",
    bytes(0x23, 0x20, 0xe9, 0x0a),
    "1: is not a text file in UTF-8 or UTF-16",
  ),
  file("huge.yaml", "#".repeat(LARGEST + 1), `1: is larger than ${LARGEST} bytes`),
  file("huge-hole.yaml", async (path) => {
    await Deno.writeTextFile(path, "");
    await Deno.truncate(path, 2 ** 40);
  }, `1: is larger than ${LARGEST} bytes`),
];

const OBJECTS: readonly WrongFile[] = [
  inAgent(file("text.yaml", "hello\n", "1: is no Kubernetes object"), `1: ${NO_HEAD}`),
  inAgent(file("number.yaml", "# the answer\n42\n", "2: is no Kubernetes object"), `2: ${NO_HEAD}`),
  inAgent(file("sequence.yaml", "- kind: Pod\n", "1: is no Kubernetes object"), `1: ${NO_HEAD}`),
  inAgent(
    file(
      "service.yaml",
      "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n",
      `2: /kind: ${KINDS}: is "Service"`,
    ),
    "1: kind Service is not one of TrafficControl, Pod, Namespace: ignored",
  ),
  inAgent(
    file(
      "list-text.yaml",
      "apiVersion: v1\nkind: List\nitems: web\n",
      '3: /items: must be array: is "web"',
    ),
    `1: ${NO_HEAD}`,
  ),
  inAgent(
    file("list-missing.yaml", "apiVersion: v1\nkind: PodList\n", "1: /items: is required"),
    `1: ${NO_HEAD}`,
  ),
  inAgent(
    file(
      "list-items.yaml",
      "apiVersion: v1\nkind: List\nitems:\n- 5\n-\n- [x]\n- kind: Pod\n  metadata: {}\n",
      "4: is no Kubernetes object",
      "5: is no Kubernetes object",
      "6: is no Kubernetes object",
      "8: /metadata/name: is required",
    ),
    `4: ${NO_HEAD}`,
    "5: is no Kubernetes object",
    `6: ${NO_HEAD}`,
    `7: ${NO_HEAD}`,
  ),
  file(
    "middle.yaml",
    [
      named(GOOD.namespace, "first"),
      "kind: Pod\nmetadata: {name: web\n",
      named(GOOD.namespace, "last"),
    ].join("---\n"),
    "8: the flow map { that begins here is never closed",
  ),
  inAgent(
    file(
      "twice.yaml",
      `${named(GOOD.namespace, "twice")}---\n${named(GOOD.namespace, "twice")}`,
      '7: /metadata/name: is there already: Namespace "twice" in DIR/twice.yaml:1',
    ),
    '7: Namespace "twice" stands in DIR/twice.yaml',
  ),
  inAgent(
    file(
      "twice2.yaml",
      named(GOOD.namespace, "twice"),
      '1: /metadata/name: is there already: Namespace "twice" in DIR/twice.yaml:1',
    ),
    '1: Namespace "twice" stands in DIR/twice.yaml',
  ),
  {
    ...file(
      "proto.yaml",
      "kind: Namespace\nmetadata: {name: proto}\n__proto__: {kind: Pod}\n",
      "3: /__proto__: is an unknown field",
    ),
    shown: "refused",
  },
];

/** As a program leaves it that is still writing. */
const HALF_WRITTEN: readonly WrongFile[] = [
  inAgent(
    file(
      "half-head.yaml",
      until(named(GOOD.mirror, "half-head"), "kind: Tr"),
      `2: /kind: ${KINDS}: is "Tr"`,
    ),
    `1: ${NO_HEAD}`,
  ),
  {
    ...file(
      "half-word.yaml",
      until(named(GOOD.mirror, "half-word"), "direction: Bo"),
      '9: /spec/direction: must be one of Ingress, Egress, Both: is "Bo"',
      "5: /spec/action: is required",
    ),
    shown: "condition",
  },
  {
    ...file(
      "half-key.yaml",
      until(named(GOOD.mirror, "half-key"), "  action: Mirror\n  target"),
      "11: Implicit map keys need to be followed by map values",
    ),
    shown: "issue",
  },
  {
    ...file(
      "half-object.yaml",
      until(named(GOOD.redirect, "half-object"), "{name: in0}\n"),
      "5: /spec/returnPort: is required by action Redirect",
    ),
    shown: "condition",
  },
];

const PLACES: readonly WrongFile[] = [
  file(
    "loop-a.yaml",
    link("loop-b.yaml"),
    "1: cannot be read: Too many levels of symbolic links (os error 40)",
  ),
  file(
    "loop-b.yaml",
    link("loop-a.yaml"),
    "1: cannot be read: Too many levels of symbolic links (os error 40)",
  ),
  file(
    "nowhere.yaml",
    link("not-there.yaml"),
    "1: cannot be read: No such file or directory (os error 2)",
  ),
  // Root may read everything but this: nothing is at address 0. `validate` has given up the right to try.
  inAgent(
    file("unreadable.yaml", link("/proc/self/mem"), "1: cannot be read: is the kernel's own"),
    "1: cannot be read: Input/output error (os error 5)",
  ),
  file("endless.yaml", link("/dev/zero"), "1: is neither a file nor a folder"),
  file(
    "pipe.yaml",
    (path) => new Deno.Command("mkfifo", { args: [path] }).output(),
    "1: is neither a file nor a folder",
  ),
  file("socket.yaml", leaveSocket, "1: is neither a file nor a folder"),
];

/** Nobody listens any more. */
async function leaveSocket(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`${path}.new`, resolve));
  await Deno.rename(`${path}.new`, path);
  await new Promise((resolve) => server.close(resolve));
}

export const WRONG_FILES: readonly WrongFile[] = [
  ...YAML,
  ...JSONS,
  ...BYTES,
  ...OBJECTS,
  ...HALF_WRITTEN,
  ...PLACES,
];

/** Nothing is wrong with these, odd as they are. */
export const RIGHT_FILES: readonly (readonly [file: string, content: Content])[] = [
  ["comments.yaml", "# nothing\n---\n# yet\n"],
  ["null.yaml", "~\n"],
  ["right-p1.yaml", named(GOOD.pod, "right-p1").replace("port1", "p1")],
  ["right-p2.yaml", named(GOOD.pod, "right-p2").replace("port1", "p2")],
  ["empty-list.yaml", "apiVersion: v1\nkind: List\nitems: []\n"],
  ["byte-order-mark.yaml", `\ufeff${named(GOOD.namespace, "bom")}`],
  ["utf-16.yaml", utf16(named(GOOD.namespace, "wide"))],
  ["windows.yaml", named(GOOD.namespace, "windows").replaceAll("\n", "\r\n")],
  ["json.yaml", '{"apiVersion": "v1",\n\t"kind": "Namespace", "metadata": {"name": "json"}}'],
  ["folder.yaml", (path) => Deno.mkdir(path)],
  ["up", link(".")],
  ["notes.txt", "kind: nothing\n"],
  [".hidden.yaml", "kind: nothing\n"],
];
