import assert from "node:assert/strict";
import { KINDS, KnownObjects } from "./known_objects.ts";

type Step = readonly ["set" | "delete", source: string, name: string];

/** The object is the name of its source: the test sees which one counts. */
function after(
  steps: readonly Step[],
  sources = ["files", "kubernetes"],
  trusted: readonly string[] = [],
): KnownObjects {
  const known = new KnownObjects(sources, trusted);
  for (const [what, source, name] of steps) {
    if (what === "set") known.set("Pod", name, { source, raw: source });
    else known.delete("Pod", name, source);
  }
  return known;
}

Deno.test.each<[string, readonly Step[], string | undefined]>([
  ["no source lists it", [], undefined],
  ["only the second source lists it", [["set", "kubernetes", "a"]], "kubernetes"],
  [
    "both list it, the first one last",
    [["set", "kubernetes", "a"], ["set", "files", "a"]],
    "files",
  ],
  [
    "both list it, the first one first",
    [["set", "files", "a"], ["set", "kubernetes", "a"]],
    "files",
  ],
  [
    "the first source deletes it",
    [["set", "files", "a"], ["set", "kubernetes", "a"], ["delete", "files", "a"]],
    "kubernetes",
  ],
  [
    "a source deletes it that does not list it",
    [["set", "files", "a"], ["delete", "kubernetes", "a"]],
    "files",
  ],
  ["its only source deletes it", [["set", "files", "a"], ["delete", "files", "a"]], undefined],
  ["it is deleted and was never there", [["delete", "files", "a"]], undefined],
])("which source's object is in front when %s", (_, steps, source) => {
  const known = after(steps);
  assert.equal(known.sourcesOf("Pod", "a")[0], source);
  assert.equal(known.get("Pod", "a", source ?? "files"), source);
  assert.equal(known.has("Pod", "a"), source !== undefined);
  assert.deepEqual(known.names("Pod"), source === undefined ? [] : ["a"]);
});

Deno.test.each<[string[], string]>([
  [[], "kubernetes"],
  [["files"], "files"],
  [["kubernetes"], "kubernetes"],
  [["files", "kubernetes"], "kubernetes"],
])(
  "with %j trusted and the API server named first, the Pod of %s is in front",
  (trusted, source) => {
    const steps: Step[] = [["set", "kubernetes", "a"], ["set", "files", "a"]];
    const known = after(steps, ["kubernetes", "files"], trusted);
    assert.equal(known.sourcesOf("Pod", "a")[0], source);
    known.set("TrafficControl", "a", { source: "files", raw: {} });
    known.set("TrafficControl", "a", { source: "kubernetes", raw: {} });
    assert.equal(known.sourcesOf("TrafficControl", "a")[0], "kubernetes");
  },
);

Deno.test("kinds are kept apart", () => {
  const known = after([["set", "files", "a"]]);
  for (const kind of KINDS) assert.equal(known.has(kind, "a"), kind === "Pod");
});

Deno.test("a source's names are those that it lists, whether its objects count or not", () => {
  const known = after([["set", "files", "a"], ["set", "kubernetes", "a"], ["set", "files", "b"]]);
  assert.deepEqual(known.namesOf("Pod", "files"), ["a", "b"]);
  assert.deepEqual(known.namesOf("Pod", "kubernetes"), ["a"]);
});

Deno.test("an object that several sources list is reported with the source that counts", () => {
  const steps: Step[] = [["set", "kubernetes", "a"], ["set", "files", "a"], ["set", "files", "b"]];
  assert.deepEqual(after(steps).shared(() => "files"), [
    'Pod "a": sources files and kubernetes list it: that of source files counts',
  ]);
  assert.deepEqual(after(steps).shared(() => undefined), [
    'Pod "a": sources files and kubernetes list it: none counts',
  ]);
  assert.deepEqual(after([["set", "files", "a"]], ["files"]).shared(() => "files"), []);
});
