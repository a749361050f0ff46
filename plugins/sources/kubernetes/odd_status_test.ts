/** Objects with a status of any form, which another client or another version wrote: they are read, and nothing throws. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ClusterReports } from "./cluster_reports.ts";
import { EventQueue } from "./event_queue.ts";
import { KnownControls } from "./known_controls.ts";
import { resourceOf } from "./resources.ts";
import { isSameStatus, summarize } from "./summary.ts";

const NAME = "m";
/** Any value of JSON; objects often have the keys that are read. */
const odd = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 0, -1, 7, "", "x", "a/1", "Realized", "SensorDown", NAME),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.record(
      Object.fromEntries(
        ["type", "status", "reason", "message", "name", "conditions", "ports", "pods", "realized"]
          .map((key) => [key, tie("value")]),
      ),
      { requiredKeys: [], noNullPrototype: true },
    ),
  ),
})).value;
const status = fc.record({
  conditions: odd,
  trafficControls: fc.oneof(odd, fc.array(odd)),
  realizedTrafficControls: odd,
  leftOut: odd,
  failures: fc.oneof(odd, fc.array(odd)),
  target: odd,
}, { requiredKeys: [], noNullPrototype: true });
const metadata = fc.record({ uid: odd, generation: odd, annotations: odd }, {
  requiredKeys: [],
  noNullPrototype: true,
});

Deno.test("a status of any form is read, summed up and told", () => {
  const property = fc.property(metadata, status, status, (more, ofControl, ofNode) => {
    const controls = new KnownControls();
    const raw = { metadata: { ...more, name: NAME }, spec: {}, status: ofControl };
    const object = resourceOf("TrafficControl", "node1").slim(raw as never);
    controls.take({ type: "set", object });
    const reports = new ClusterReports();
    reports.set(reports.read({ metadata: { name: "node1" }, status: ofNode }));
    const control = controls.get(NAME)!;
    const silent = reports.silentOn(NAME);
    const options = { settled: true, now: "2026-01-01T00:00:00Z", silent };
    const sum = summarize(control, reports.of(NAME), options);
    isSameStatus(control.status, sum);
    const events = new EventQueue({ tell: () => Promise.resolve(0) });
    events.summarized(control, sum);
    events.written(control, sum);
    const [realized] = sum.conditions;
    assert.equal(realized!.type, "Realized");
    for (const { type, message } of sum.conditions) {
      assert.deepEqual([typeof type, typeof message], ["string", "string"]);
    }
  });
  fc.assert(property, { numRuns: 3000 });
});

Deno.test("an object whose name is no text is for the core to refuse: it has no status", () => {
  const controls = new KnownControls();
  const event = { type: "set", object: { metadata: { name: 7 }, spec: {} } } as const;
  assert.deepEqual(controls.take(event), event);
  assert.deepEqual(controls.names(), []);
});
