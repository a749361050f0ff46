import assert from "node:assert/strict";
import fc from "fast-check";
import { keyOf, LISTS, StateChanges } from "./state_changes.ts";
import { Store } from "../../web/store.ts";

const value = fc.oneof(fc.integer(), fc.string(), fc.array(fc.string(), { maxLength: 2 }));
const item = fc.record({
  name: fc.constantFrom("a", "b", "c", "d"),
  action: value,
  copied: fc.record({ packets: fc.nat() }),
}, { requiredKeys: ["name"] });
const list = fc.uniqueArray(item, { selector: ({ name }) => name });
const state = fc.record({ trafficControls: list, pods: list, conditions: value, flows: fc.nat() }, {
  requiredKeys: ["trafficControls"],
});

/** As it goes over the wire. */
const sent = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value));
const sorted = (items: readonly unknown[] = []) =>
  [...items].map((each) => JSON.stringify(Object.entries(each as object).sort())).sort();

Deno.test("whoever applies all changes to a state has the last state, whatever changes", () => {
  fc.assert(fc.property(fc.array(state, { minLength: 1, maxLength: 6 }), (states) => {
    const changes = new StateChanges();
    const store = new Store();
    for (const [at, next] of states.entries()) {
      const change = sent(changes.next(next));
      if (at === 0) store.replace({ mode: "node", at, state: sent(next) });
      else store.apply({ at, ...change });
      for (const name of LISTS) {
        const wanted = (next as Record<string, unknown>)[name] as unknown[] | undefined;
        assert.deepEqual(sorted(store.list(name)), sorted(sent(wanted ?? [])), name);
      }
      assert.deepEqual([store.field("flows"), store.field("conditions")], [
        next.flows,
        next.conditions,
      ]);
    }
  }));
});

Deno.test("only what has changed is in a change", () => {
  const changes = new StateChanges();
  const control = { name: "a", action: "Mirror", copied: { packets: 1 }, pods: ["x/y"] };
  const other = { name: "b", action: "Mirror" };
  changes.next({ flows: 1, trafficControls: [control, other] });
  assert.deepEqual(changes.next({ flows: 1, trafficControls: [control, other] }), {});
  const counted = { ...control, copied: { packets: 2 } };
  assert.deepEqual(changes.next({ flows: 2, trafficControls: [counted] }), {
    set: { flows: 2 },
    lists: {
      trafficControls: {
        changed: [{ key: "//a", set: { copied: { packets: 2 } } }],
        deleted: ["//b"],
      },
    },
  });
});

Deno.test.each<[object, string]>([
  [{ name: "a" }, "//a"],
  [{ namespace: "default", name: "a" }, "/default/a"],
  [{ bridge: "br0", name: "a" }, "br0//a"],
  [{ bridge: "br0", target: "ips0", return: "ips1" }, "br0//ips0>ips1"],
  [{ name: "a", target: "tap0" }, "//a"],
])("the key of %j is %s", (given, key) => {
  assert.equal(keyOf({ ...given }), key);
});
