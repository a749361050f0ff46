import assert from "node:assert/strict";
import { condition } from "../contracts/condition.ts";
import type { NodeReport } from "../contracts/mod.ts";
import { mirror, redirect } from "../model/testing/fixtures.ts";
import { controlReports, ReportStream } from "./node_report.ts";
import { SmallNode } from "./testing/small_node.ts";

Deno.test("reports are about the TrafficControls that select a Pod here and those that are refused, by name", () => {
  const node = new SmallNode();
  node.pod("a", "02:00:00:00:00:01");
  for (const port of ["ids0", "in0", "out0"]) node.port(port);
  const selects = redirect("z-selects", "1", ["in0", "out0"]);
  const given = { kind: "test", spec: {} };
  const object = { ...selects.object, targetPort: given, returnPort: given };
  node.control({ ...selects, object });
  node.control(mirror("selects-none", "2", "ids0"), "no Pod");
  node.round();
  const refusal = condition("Invalid", "spec.action: is unknown");
  const reports = controlReports({
    model: node.model,
    blockers: [],
    failure: undefined,
    invalid: new Map([["a-refused", [refusal]]]),
    dropped: new Map(),
  }, (name) => name === "z-selects" ? 7 : undefined);
  assert.deepEqual(reports, [
    { name: "a-refused", realized: false, conditions: [refusal], pods: 0, ports: [] },
    {
      name: "z-selects",
      realized: true,
      conditions: [],
      pods: 1,
      ports: ["in0", "out0"],
      generation: 7,
    },
  ]);
});

/** A stream whose reports say how often it was read. */
function start() {
  let reads = 0;
  const read = (): NodeReport => ({ bridge: "br0", version: `${++reads}`, controls: [] });
  const stop = new AbortController();
  const stream = new ReportStream(read);
  return { stream, stop, reports: stream.until(stop.signal), reads: () => reads };
}

Deno.test("any number of changes between two reports leads to one report", async () => {
  const { stream, reports, reads } = start();
  for (let change = 0; change < 5; change++) stream.touch();
  assert.equal(reads(), 0, "nothing is read before the consumer asks");
  assert.equal((await reports.next()).value?.version, "1");
  const next = reports.next();
  await Promise.resolve();
  assert.equal(reads(), 1, "nothing has changed since");
  stream.touch();
  assert.equal((await next).value?.version, "2");
});

Deno.test("a stream of reports ends when its signal aborts, before or while the consumer waits", async () => {
  const waiting = start();
  const next = waiting.reports.next();
  waiting.stop.abort();
  assert.equal((await next).done, true);
  const before = start();
  before.stop.abort();
  before.stream.touch();
  assert.equal((await before.reports.next()).done, true);
  assert.equal(before.reads(), 0);
});
