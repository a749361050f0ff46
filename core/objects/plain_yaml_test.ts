/** Which texts are read fast. That both libraries read the same is a target of the fuzzer. */
import assert from "node:assert/strict";
import { stringify } from "yaml";
import { readDocuments, readWhole } from "./manifest_documents.ts";
import { readPlain } from "./plain_yaml.ts";

const OBJECT = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "p",
    labels: { app: "web", "app.kubernetes.io/part-of": "shop", empty: "" },
    annotations: { "sluice.dev/mac": "02:00:00:00:00:01", json: '{"a": ["b\\n"], "c": 1}' },
  },
  spec: { containers: [{ name: "c", args: ["-v", "--x=y"], ports: [{ containerPort: 80 }] }, {}] },
  status: { ready: true, none: null, list: [], podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }] },
};
const WRITTEN = `# by hand
apiVersion: v1   # and with comments
kind: Pod
metadata:
  name: p
  labels: {app: web, "app.kubernetes.io/part-of": shop, empty: ""}

  annotations:
    sluice.dev/mac: 02:00:00:00:00:01
    json: >-
      {"a": ["b\\n"],
      "c": 1}
spec:
  containers:
  - name: c
    args: [-v, "--x=y"]
    ports:
    - containerPort: 80
  - {}
status:
  ready: yes
  none:
  list: []
  podIPs:
    - ip: 10.0.0.1
    - ip: fd00::1
`;
const FORMS = {
  "JSON in one line": JSON.stringify(OBJECT),
  "JSON in many lines": JSON.stringify(OBJECT, undefined, 4),
  "YAML by a program": stringify(OBJECT),
  "YAML by a program, with a mark": `---\n${stringify(OBJECT)}`,
  "YAML by hand": WRITTEN,
};

for (const [form, text] of Object.entries(FORMS)) {
  Deno.test(`${form} is read fast`, () => assert.deepEqual(readPlain(text)?.value, OBJECT));
}

const OTHERS = {
  "an anchor": "a: &b c\n",
  "a tag": "a: !!str 1\n",
  "a key twice": "a: 1\na: 2\n",
  "a key twice in JSON": '{"a": 1, "a": 2}',
  "a key that is no text": "1: a\n",
  "a long key": `${"a".repeat(1025)}: b\n`,
  "a merge": "<<: {a: b}\n",
  "the prototype": '{"__proto__": {}}',
  "an open quote": 'a: "b\n',
  "an open bracket": "a: [b\n",
  "two values": "{}\n{}\n",
  "no map, but a list": "- a\n",
  "a mark in the middle of a line": "a: b\n ---\n",
  "a control character": "a: b\f\n",
  "a wrong indentation": "a:\n    b: 1\n  c: 2\n",
};

for (const [what, text] of Object.entries(OTHERS)) {
  Deno.test(`what has ${what} is left to the other library`, () =>
    assert.equal(readPlain(text), undefined));
}

Deno.test("one odd document does not keep the others from being read fast", () => {
  const text = ["a: 1\n", "b: !!str text\n", JSON.stringify(OBJECT)].join("---\n");
  const { objects, problems } = readDocuments("f.yaml", text);
  assert.deepEqual(problems, []);
  assert.deepEqual(objects.map(({ line }) => line), [1, 3, 5]);
  assert.deepEqual(objects.map(({ raw }) => raw), [{ a: 1 }, { b: "text" }, OBJECT]);
});

Deno.test("lines in a plain text are those that the library gives", () => {
  const list = `# two\nkind: List\nitems:\n${"- kind: Pod\n  metadata:\n    name: p\n".repeat(2)}`;
  const lines = (read: typeof readDocuments) =>
    read("f.yaml", list).objects.map(({ line, lineOf }) => [line, lineOf("/metadata/name")]);
  assert.deepEqual(lines(readDocuments), [[4, 6], [7, 9]]);
  assert.deepEqual(lines(readDocuments), lines(readWhole));
});
