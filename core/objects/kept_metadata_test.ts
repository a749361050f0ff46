import assert from "node:assert/strict";
import { LIMITS } from "../base/limits.ts";
import { resolvers } from "../../plugins/mod.ts";
import { KeptMetadata } from "./kept_metadata.ts";

const pod = (annotations: unknown, labels: unknown = {}) => ({
  metadata: { name: "p", annotations, labels },
});
// deno-lint-ignore no-explicit-any -- an object as the test made it
const kept = (given: object, reading: readonly { annotations?: string[] }[]): any =>
  new KeptMetadata(reading).reduce(given);

Deno.test("only annotations are kept that a resolver reads, and Sluice's own", () => {
  const annotations = {
    "sluice.dev/mac": "m",
    "sluice.dev/other": "o",
    "a/b": "c",
    "x.k/m": "y",
    "k/m": "z",
  };
  const { raw, leftOut } = kept(pod(annotations), [{ annotations: ["a/b"] }, {
    annotations: ["*.k/m"],
  }]);
  assert.deepEqual(raw.metadata, {
    name: "p",
    labels: {},
    annotations: { "sluice.dev/mac": "m", "sluice.dev/other": "o", "a/b": "c", "x.k/m": "y" },
  });
  assert.deepEqual(leftOut, []);
});

Deno.test("a resolver that does not say what it reads gets all, within the limits", () => {
  const { raw } = kept(pod({ "a/b": "c", "d/e": "x".repeat(LIMITS.annotation) }), [{}]);
  assert.deepEqual(raw.metadata.annotations, { "a/b": "c" });
});

Deno.test("an annotation that is too large is as if it were absent, and that is told", () => {
  const annotations = { "sluice.dev/mac": "x".repeat(250_000), "sluice.dev/match": "ip" };
  const { raw, leftOut } = kept(pod(annotations), []);
  assert.deepEqual(raw.metadata.annotations, { "sluice.dev/match": "ip" });
  assert.deepEqual(leftOut, [
    'annotation "sluice.dev/mac" is too large, and not read: 250014 characters',
  ]);
});

Deno.test("no number of other annotations keeps out those that a resolver names", () => {
  const flood = Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [`a${index}.k/m`, "x".repeat(10_000)]),
  );
  const { raw, leftOut } = kept(pod({ ...flood, "z/z": "1" }), [{ annotations: ["*.k/m", "z/z"] }]);
  const { annotations } = raw.metadata;
  assert.equal(annotations["z/z"], "1");
  assert.ok(JSON.stringify(annotations).length < LIMITS.annotations * 1.1);
  assert.equal(leftOut.length, 1);
});

Deno.test("what the API server accepts of annotations does not push out one of them", () => {
  const key = "net1.default.ovn.kubernetes.io/mac_address";
  const large = Array.from(
    { length: 15 },
    (_, at) => [`${at}.kubernetes.io/mac_address`, "x".repeat(16_355)],
  );
  const small = Array.from({ length: 500 }, (_, at) => [`${at}.a.kubernetes.io/mac_address`, ""]);
  const given = { ...Object.fromEntries([...large, ...small]), [key]: "02:00:00:00:00:01" };
  const { raw, leftOut } = kept(pod(given), [{ annotations: ["*.kubernetes.io/mac_address"] }]);
  assert.equal(raw.metadata.annotations[key], given[key]);
  assert.deepEqual(leftOut, []);
});

Deno.test("what is left out of a file's annotations are the long ones", () => {
  const own = Array.from({ length: 40 }, (_, at) => [`sluice.dev/a${at}`, "x".repeat(10_000)]);
  const given = { ...Object.fromEntries(own), "z.k/m": "02:00:00:00:00:01" };
  const { raw, leftOut } = kept(pod(given), [{ annotations: ["*.k/m"] }]);
  assert.equal(raw.metadata.annotations["z.k/m"], given["z.k/m"]);
  assert.equal(leftOut.length, 1);
});

Deno.test("all labels are kept: a Pod must not push out the one that selects it", () => {
  const many = Array.from({ length: 10_000 }, (_, index) => [`a${index}`, ""] as const);
  const labels = { ...Object.fromEntries(many), inspect: "yes" };
  const { raw, leftOut } = kept(pod({}, labels), []);
  assert.deepEqual(raw.metadata.labels, labels);
  assert.deepEqual(leftOut, []);
});

const ODD: readonly unknown[] = [
  null,
  7,
  {},
  { metadata: null },
  { metadata: { annotations: [] } },
  { metadata: { annotations: null, labels: "x" } },
];
for (const raw of ODD) {
  Deno.test(`what is no map of annotations stays as it is: ${JSON.stringify(raw)}`, () => {
    assert.deepEqual(new KeptMetadata([]).reduce(raw), { raw, leftOut: [] });
  });
}

const MORE:
  readonly (readonly [before: string[] | undefined, after: string[] | undefined, more: boolean])[] =
    [
      [["a"], ["a"], false],
      [["a", "b"], ["a"], false],
      [["a"], ["a", "b"], true],
      [["*.k"], ["x.k"], false],
      [["x.k"], ["*.k"], true],
      [["*k"], ["*.k"], false],
      [["a"], undefined, true],
      [undefined, ["a", "*.k"], false],
    ];
for (const [before, after, more] of MORE) {
  Deno.test(`resolvers that read ${after ?? "all"} after ${before ?? "all"} read more: ${more}`, () => {
    const of = (annotations: string[] | undefined) =>
      new KeptMetadata([annotations ? { annotations } : {}]);
    assert.equal(of(after).readsMoreThan(of(before)), more);
  });
}

Deno.test("every built-in resolver says which annotations it reads", () => {
  for (const { name, annotations } of resolvers) assert.ok(annotations, name);
});
