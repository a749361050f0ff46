/** What differs between a selector and labels, in words; and the same by random, compared with the real selection. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { TrafficControl } from "../../objects/types.ts";
import { hasSelector, mendOf, mismatchesOf, mismatchText, requirementTexts } from "./mismatches.ts";
import { Selection } from "./selection.ts";
import { isMet } from "./selector_index.ts";
import { appliedTo, labels } from "./testing/random_selectors.ts";

type Labels = Readonly<Record<string, string>>;
type AppliedTo = TrafficControl["appliedTo"];
type Operator = "In" | "NotIn" | "Exists" | "DoesNotExist";

const expression = (key: string, operator: Operator, ...values: string[]): AppliedTo => ({
  podSelector: { matchExpressions: [{ key, operator, ...(values.length > 0 && { values }) }] },
});
const prod = { namespaceSelector: { matchLabels: { env: "prod" } } };
const db = { podSelector: { matchLabels: { app: "db" } } };

/** Selectors, labels of the Pod and of its Namespace, and what is said of them. */
const TOLD: readonly [AppliedTo, Labels, Labels, readonly string[]][] = [
  [db, { app: "db" }, {}, []],
  [db, { app: "web" }, {}, ["wanted app=db, the Pod has app=web"]],
  [db, { tier: "db" }, {}, ["wanted app=db, the Pod has no label app"]],
  [db, { app: "" }, {}, ["wanted app=db, the Pod has app="]],
  [
    { podSelector: { matchLabels: { toString: "x" } } },
    {},
    {},
    ["wanted toString=x, the Pod has no label toString"],
  ],
  [expression("tier", "In", "a", "b"), { tier: "b" }, {}, []],
  [
    expression("tier", "In", "a", "b"),
    { tier: "c" },
    {},
    ["wanted tier In (a, b), the Pod has tier=c"],
  ],
  [expression("tier", "In", "a"), {}, {}, ["wanted tier In (a), the Pod has no label tier"]],
  [expression("tier", "NotIn", "a", "b"), {}, {}, []],
  [
    expression("tier", "NotIn", "a", "b"),
    { tier: "a" },
    {},
    ["wanted tier NotIn (a, b), the Pod has tier=a"],
  ],
  [expression("tier", "Exists"), {}, {}, ["wanted a label tier, the Pod has no label tier"]],
  [
    expression("tier", "DoesNotExist"),
    { tier: "a" },
    {},
    ["wanted no label tier, the Pod has tier=a"],
  ],
  [prod, { env: "prod" }, {}, ["wanted env=prod, the Namespace has no label env"]],
  [prod, {}, { env: "test" }, ["wanted env=prod, the Namespace has env=test"]],
  [{ ...db, ...prod }, { app: "web" }, { env: "test" }, [
    "wanted app=db, the Pod has app=web",
    "wanted env=prod, the Namespace has env=test",
  ]],
  [
    { podSelector: { ...db.podSelector, matchExpressions: [{ key: "x", operator: "Exists" }] } },
    {},
    {},
    ["wanted app=db, the Pod has no label app", "wanted a label x, the Pod has no label x"],
  ],
];
Deno.test.each(TOLD)(
  "%o, Pod %o, Namespace %o: %o",
  (appliedTo, pod, namespace, expected) =>
    assert.deepEqual(mismatchesOf(appliedTo, pod, namespace).map(mismatchText), expected),
);

Deno.test("what a selector requires is told in words", () => {
  const both = { podSelector: {}, ...prod };
  assert.deepEqual(requirementTexts(both), ["all Pods", "Namespaces with env=prod"]);
  assert.deepEqual(requirementTexts(expression("a", "NotIn", "1", "2")), [
    "Pods with a NotIn (1, 2)",
  ]);
  assert.deepEqual(requirementTexts({}), []);
});

/** fast-check prints the seed of what fails. */
Deno.test("nothing differs exactly when the selection selects the Pod", () =>
  fc.assert(fc.property(appliedTo, labels, labels, (appliedTo, podLabels, namespaceLabels) => {
    const selection = new Selection();
    selection.setNamespace({ name: "ns", labels: namespaceLabels });
    const rest = { annotations: {}, ips: [], hostNetwork: false };
    selection.setPod({ namespace: "ns", name: "p", uid: "p", labels: podLabels, ...rest });
    selection.setControl("t", appliedTo);
    const differs = mismatchesOf(appliedTo, podLabels, selection.namespaceLabels("ns"));
    assert.equal(
      hasSelector(appliedTo) && differs.length === 0,
      selection.controlsOf("ns/p").has("t"),
    );
  })));

Deno.test("a label that is changed as it is told meets the requirement", () =>
  fc.assert(fc.property(appliedTo, labels, labels, (appliedTo, podLabels, namespaceLabels) => {
    for (const mismatch of mismatchesOf(appliedTo, podLabels, namespaceLabels)) {
      const { of, operator, values } = mismatch;
      const mend = mendOf(mismatch);
      const before = of === "Pod" ? podLabels : namespaceLabels;
      const kept = Object.entries(before).filter(([label]) => label !== mend.label);
      const after = Object.fromEntries([
        ...kept,
        ...mend.value === undefined ? [] : [[mend.label, mend.value]],
      ]);
      const whole = { key: mend.label, operator: operator === "=" ? "In" : operator, values };
      assert.ok(isMet(whole, after), mismatchText(mismatch));
      const again = of === "Pod"
        ? mismatchesOf(appliedTo, after, namespaceLabels)
        : mismatchesOf(appliedTo, podLabels, after);
      const text = ({ of, label, operator, values }: typeof mismatch) =>
        JSON.stringify([of, label, operator, values]);
      assert.ok(!again.map(text).includes(text(mismatch)));
    }
  })));
