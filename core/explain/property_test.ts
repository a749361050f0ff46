/** Random selectors and labels: what is explained is what the model selects. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { mirror } from "../model/testing/fixtures.ts";
import type { PodExplanation } from "./explanation.ts";
import { AskedNode, made } from "./testing/asked_node.ts";

const label = fc.constantFrom("a", "b");
const value = fc.constantFrom("1", "2");
const labels = fc.dictionary(label, value, { noNullPrototype: true });
const selector = fc.record({
  matchLabels: labels,
  matchExpressions: fc.array(
    fc.record({ key: label, operator: fc.constantFrom("Exists", "DoesNotExist") }),
    { maxLength: 2 },
  ),
}, { requiredKeys: [], noNullPrototype: true });
const applied = fc.record({ podSelector: selector, namespaceSelector: selector }, {
  requiredKeys: [],
  noNullPrototype: true,
});

/** fast-check prints the seed of what fails. */
Deno.test("whatever the selectors, labels and changes: explained as selected is what the model selects", () =>
  fc.assert(
    fc.property(
      fc.array(applied, { minLength: 1, maxLength: 4 }),
      fc.array(labels, { minLength: 1, maxLength: 4 }),
      labels,
      (selectors, pods, ofNamespace) => {
        const it = new AskedNode();
        it.port("tap0");
        it.model.setNamespace({ name: "default", labels: ofNamespace });
        pods.forEach((each, index) => it.pod(`p${index}`, `0a:00:00:00:00:0${index}`, each));
        selectors.forEach((appliedTo, index) =>
          it.model.setControl(made(mirror(`t${index}`, `${index}`, "tap0"), { appliedTo } as never))
        );
        it.round();
        for (const index of pods.keys()) {
          const pod = `default/p${index}`;
          const { trafficControls } = it.ask({ pod }) as PodExplanation;
          const selected = trafficControls.filter(({ outcome }) => outcome !== "not selected");
          assert.deepEqual(
            new Set(selected.map(({ name }) => name)),
            new Set(it.model.selection.controlsOf(pod)),
          );
          assert.ok(selected.every(({ outcome }) => outcome === "in effect"));
        }
        for (const index of selectors.keys()) {
          const { selected, notSelected } = it.controlNamed(`t${index}`);
          assert.deepEqual(
            selected.map(({ pod }) => pod),
            [...it.model.selection.podsOf(`t${index}`)].sort(),
          );
          assert.equal(selected.length + notSelected.length, pods.length);
        }
      },
    ),
  ));
