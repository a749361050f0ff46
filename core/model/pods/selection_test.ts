/** What is selected, after any events, is compared with what the selectors say of each Pod by itself. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { podKey, type PodObject } from "../../objects/types.ts";
import { Selection, type SelectionChange } from "./selection.ts";
import { appliesTo } from "./selector_index.ts";

type Labels = Readonly<Record<string, string>>;

const pod = (name: string, labels: Labels, namespace = "n1"): PodObject => ({
  ...{ namespace, name, labels, uid: name, annotations: {}, ips: [], hostNetwork: false },
});
const selecting = (labels: Labels) => ({ podSelector: { matchLabels: labels } });

Deno.test("Pods that are alike share what selects them, until one is relabelled", () => {
  const selection = new Selection();
  selection.setControl("web", selecting({ app: "web" }));
  for (const name of ["a", "b"]) selection.setPod(pod(name, { app: "web" }));
  assert.equal(selection.controlsOf("n1/a"), selection.controlsOf("n1/b"));
  selection.setPod(pod("a", { app: "db" }));
  assert.deepEqual([...selection.controlsOf("n1/a")], []);
  assert.deepEqual([...selection.podsOf("web")], ["n1/b"]);
});

Deno.test("a TrafficControl turns with its first Pod and with its last one, not with those between", () => {
  const selection = new Selection();
  selection.setControl("web", selecting({ app: "web" }));
  const turned = (change: SelectionChange) => [...change.turned].length;
  assert.equal(turned(selection.setPod(pod("a", { app: "web" }))), 1);
  assert.equal(turned(selection.setPod(pod("b", { app: "web" }))), 0);
  assert.equal(turned(selection.setPod(pod("c", { app: "web", tier: "x" }))), 0);
  assert.equal(turned(selection.setPod(pod("a", { app: "web", tier: "x" }))), 0);
  for (const name of ["a", "b"]) assert.equal(turned(selection.deletePod(`n1/${name}`)), 0);
  assert.equal(turned(selection.deletePod("n1/c")), 1);
});

// --- There are few names and labels, so that random objects often have the same ones ---
const among = <T>(...values: T[]) => fc.constantFrom(...values);
const labels = fc.dictionary(among("a", "b"), among("1", "2"), { maxKeys: 2 });
const selector = fc.record({ matchLabels: labels });
const appliedTo = fc.record({ podSelector: selector, namespaceSelector: selector }, {
  requiredKeys: [],
});
const namespaces = among("n1", "n2");

/** The objects that there are, as simple as possible. */
class World {
  readonly controls = new Map<string, Parameters<Selection["setControl"]>[1]>();
  readonly pods = new Map<string, PodObject>();
  readonly namespaces = new Map<string, Labels>();

  /** Which TrafficControl selects which Pod. */
  pairs(): Set<string> {
    const all = [...this.controls].flatMap(([name, applied]) =>
      [...this.pods].filter(([, { namespace, labels }]) =>
        appliesTo(applied, labels, this.#labelsOf(namespace))
      ).map(([key]) => `${name} ${key}`)
    );
    return new Set(all);
  }

  #labelsOf(name: string): Labels {
    return this.namespaces.get(name) ?? { "kubernetes.io/metadata.name": name };
  }
}

type Step = (world: World, selection: Selection) => SelectionChange;
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(among("x", "y"), fc.option(appliedTo)).map(([name, applied]): Step => (world, to) => {
    if (!applied) return world.controls.delete(name), to.deleteControl(name);
    return world.controls.set(name, applied), to.setControl(name, applied);
  }),
  fc.tuple(among("p", "q", "r"), namespaces, fc.option(labels)).map((
    [name, namespace, labels],
  ): Step =>
  (world, to) => {
    const key = podKey({ namespace, name });
    if (!labels) return world.pods.delete(key), to.deletePod(key);
    const object = pod(name, labels, namespace);
    return world.pods.set(key, object), to.setPod(object);
  }),
  fc.tuple(namespaces, fc.option(labels)).map(([name, labels]): Step => (world, to) => {
    if (!labels) return world.namespaces.delete(name), to.deleteNamespace(name);
    return world.namespaces.set(name, labels), to.setNamespace({ name, labels });
  }),
);

const namesOf = (pairs: Iterable<string>, which: 0 | 1) =>
  [...new Set([...pairs].map((pair) => pair.split(" ")[which]!))].sort();

Deno.test("property: after any events the selection is right, and each event says exactly what it changed", () =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const [world, selection] = [new World(), new Selection()];
      for (const happens of steps) {
        const before = world.pairs();
        const { pods, controls, turned } = happens(world, selection);
        const after = world.pairs();
        const changed = before.symmetricDifference(after);
        assert.deepEqual([...new Set(pods)].sort(), namesOf(changed, 1));
        assert.deepEqual([...new Set(controls)].sort(), namesOf(changed, 0));
        const [had, has] = [before, after].map((pairs) => new Set(namesOf(pairs, 0)));
        assert.deepEqual([...turned].sort(), [...had!.symmetricDifference(has!)].sort());
        const found = ["x", "y"].flatMap((control) =>
          [...selection.podsOf(control)].map((key) => `${control} ${key}`)
        );
        assert.deepEqual(found.sort(), [...after].sort());
        for (const key of world.pods.keys()) {
          const selecting = ["x", "y"].filter((control) => after.has(`${control} ${key}`));
          assert.deepEqual([...selection.controlsOf(key)].sort(), selecting);
        }
        assert.equal(selection.countPods(), namesOf(after, 1).length);
      }
    }),
    { numRuns: 1000 },
  ));
