/** Which events about TrafficControls are news for the core. */
import assert from "node:assert/strict";
import { KnownControls } from "./known_controls.ts";

const set = (metadata: object, status?: object) =>
  ({
    type: "set",
    object: { metadata: { name: "m", uid: "u", generation: 1, ...metadata }, spec: {}, status },
  }) as const;
const priority = (value: string) => ({ annotations: { "sluice.dev/priority": value } });

Deno.test("a new generation, other annotations and another object are for the core, a status is not", () => {
  const controls = new KnownControls();
  const isNew = (event: ReturnType<typeof set>) => controls.take(event) !== undefined;
  assert.ok(isNew(set({})));
  assert.ok(!isNew(set({}, { ready: "1/1" })));
  assert.ok(isNew(set({ generation: 2 })));
  assert.ok(isNew(set({ generation: 2, ...priority("1") })));
  assert.ok(!isNew(set({ generation: 2, ...priority("1") }, { ready: "0/1" })));
  assert.ok(isNew(set({ generation: 2, ...priority("2") })));
  assert.ok(isNew(set({ generation: 2 })));
  assert.ok(isNew(set({ generation: 2, uid: "v" })));
});
