/** Label selectors are compared with a slow and simple matcher, written from the documentation of Kubernetes. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { LabelSelector, TrafficControl } from "../../objects/types.ts";
import { appliesTo, matchesSelector, SelectorIndex } from "./selector_index.ts";
import { appliedTo, labels, selector } from "./testing/random_selectors.ts";

type Labels = Readonly<Record<string, string>>;
type AppliedTo = TrafficControl["appliedTo"];

const MATCHES: readonly [LabelSelector, Labels, boolean][] = [
  [{}, {}, true],
  [{ matchLabels: { app: "web" } }, { app: "web", tier: "x" }, true],
  [{ matchLabels: { app: "web" } }, { app: "db" }, false],
  [{ matchLabels: { app: "web" } }, {}, false],
  [{ matchLabels: { app: "" } }, {}, false],
  [{ matchLabels: { app: "" } }, { app: "" }, true],
  [{ matchLabels: { toString: "x" } }, {}, false],
  [
    { matchExpressions: [{ key: "app", operator: "In", values: ["web", "db"] }] },
    { app: "db" },
    true,
  ],
  [{ matchExpressions: [{ key: "app", operator: "In", values: ["web"] }] }, {}, false],
  [{ matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] }, {}, true],
  [
    { matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] },
    { app: "web" },
    false,
  ],
  [{ matchExpressions: [{ key: "app", operator: "Exists" }] }, { app: "" }, true],
  [{ matchExpressions: [{ key: "app", operator: "Exists" }] }, {}, false],
  [{ matchExpressions: [{ key: "constructor", operator: "Exists" }] }, {}, false],
  [{ matchExpressions: [{ key: "app", operator: "DoesNotExist" }] }, {}, true],
  [{ matchExpressions: [{ key: "app", operator: "DoesNotExist" }] }, { app: "web" }, false],
  [
    { matchLabels: { a: "1" }, matchExpressions: [{ key: "b", operator: "Exists" }] },
    { a: "1" },
    false,
  ],
];
Deno.test.each(MATCHES)(
  "selector %o of labels %o: %s",
  (selector, labels, expected) => assert.equal(matchesSelector(selector, labels), expected),
);

const web = { matchLabels: { app: "web" } };
const prod = { matchLabels: { env: "prod" } };
const APPLIES: readonly [AppliedTo, Labels, Labels, boolean][] = [
  [{}, { app: "web" }, { env: "prod" }, false],
  [{ podSelector: {} }, {}, {}, true],
  [{ namespaceSelector: {} }, {}, {}, true],
  [{ podSelector: web }, { app: "web" }, {}, true],
  [{ podSelector: web }, { app: "db" }, {}, false],
  [{ namespaceSelector: prod }, {}, { env: "prod" }, true],
  [{ namespaceSelector: prod }, { env: "prod" }, {}, false],
  [{ podSelector: web, namespaceSelector: prod }, { app: "web" }, { env: "prod" }, true],
  [{ podSelector: web, namespaceSelector: prod }, { app: "web" }, { env: "test" }, false],
  [{ podSelector: web, namespaceSelector: prod }, { app: "db" }, { env: "prod" }, false],
  [{ podSelector: {}, namespaceSelector: prod }, {}, { env: "prod" }, true],
];
Deno.test.each(APPLIES)(
  "appliedTo %o of Pod %o in Namespace %o: %s",
  (appliedTo, pod, namespace, expected) =>
    assert.equal(appliesTo(appliedTo, pod, namespace), expected),
);

/** The simple matcher: each line is one sentence of the documentation. */
function bruteForce({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels) {
  const there = new Map(Object.entries(labels));
  for (const [key, value] of Object.entries(matchLabels)) {
    if (there.get(key) !== value) return false;
  }
  for (const { key, operator, values } of matchExpressions) {
    const among = there.has(key) && (values ?? []).includes(there.get(key)!);
    if (operator === "In" && !among) return false;
    if (operator === "NotIn" && among) return false;
    if (operator === "Exists" && !there.has(key)) return false;
    if (operator === "DoesNotExist" && there.has(key)) return false;
  }
  return true;
}

Deno.test("a selector matches the same labels as the simple matcher", () =>
  fc.assert(fc.property(selector, labels, (selector, labels) => {
    assert.equal(matchesSelector(selector, labels), bruteForce(selector, labels));
  })));

/** Invariant: whatever was added and removed before, no selector that matches is missing. */
Deno.test("the index gives every selector that matches, and none that was removed", () =>
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom("x", "y", "z"), fc.option(appliedTo)), { maxLength: 12 }),
      labels,
      labels,
      (steps, podLabels, namespaceLabels) => {
        const index = new SelectorIndex();
        const there = new Map<string, AppliedTo>();
        for (const [id, added] of steps) {
          if (added) index.add(id, added), there.set(id, added);
          else index.remove(id), there.delete(id);
        }
        const candidates = index.candidates(podLabels, namespaceLabels);
        for (const id of candidates) assert.ok(there.has(id));
        for (const [id, applied] of there) {
          if (appliesTo(applied, podLabels, namespaceLabels)) assert.ok(candidates.has(id), id);
        }
      },
    ),
  ));

Deno.test("an event of a Pod looks only at selectors that name one of its labels", () => {
  const index = new SelectorIndex();
  const COUNT = 1000;
  for (let count = 0; count < COUNT; count++) {
    index.add(`tc${count}`, { podSelector: { matchLabels: { app: `a${count}` } } });
  }
  assert.deepEqual([...index.candidates({ app: "a7", tier: "x" }, {})], ["tc7"]);
});
