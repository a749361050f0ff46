import assert from "node:assert/strict";
import { mirror } from "../model/testing/fixtures.ts";
import { type Fields, type Log, NO_LOG } from "../base/log.ts";
import { LogReport } from "./log_report.ts";
import { SmallNode } from "./testing/small_node.ts";

function start() {
  const lines: [level: string, message: string, fields: Fields | undefined][] = [];
  const at = (level: string) => (message: string, fields?: Fields) =>
    void lines.push([level, message, fields]);
  const log: Log = {
    ...NO_LOG,
    info: at("info"),
    warning: at("warning"),
    error: at("error"),
  };
  const node = new SmallNode();
  node.pod("a", "02:00:00:00:00:01");
  node.control(mirror("t", "1", "ids0"));
  node.port("ids0");
  const report = new LogReport(node.model, log);
  /** The lines that one round logs. */
  const round = (...names: string[]) => {
    lines.length = 0;
    node.round();
    report.report(names);
    return [...lines];
  };
  return { node, round };
}

Deno.test("a TrafficControl is logged when its state changes, and only then", () => {
  const { node, round } = start();
  assert.deepEqual(round("t"), [["info", "TrafficControl realized", { name: "t", pods: 1 }]]);
  assert.deepEqual(round("t"), []);
  node.pod("b", "02:00:00:00:00:02");
  assert.deepEqual(round("t"), [["info", "TrafficControl realized", { name: "t", pods: 2 }]]);
  node.port("ids0", { error: "no such device" });
  const [[level, message, fields] = []] = round("t");
  assert.deepEqual([level, message, fields?.reason], [
    "warning",
    "TrafficControl not realized",
    "PortFailed",
  ]);
  assert.deepEqual(round("t"), []);
});

Deno.test("a name that is not reported as changed is not logged", () => {
  assert.deepEqual(start().round(), []);
});

Deno.test("a removed TrafficControl is logged once, and only if it was logged before", () => {
  const { node, round } = start();
  round("t");
  node.model.deleteControl("t");
  assert.deepEqual(round("t", "never"), [["info", "TrafficControl removed", { name: "t" }]]);
  assert.deepEqual(round("t"), []);
});

Deno.test("flows that are left out are logged once for each error", () => {
  const { node, round } = start();
  const part = "pod default/c c";
  for (const error of ["first", "second"]) {
    node.model.datapath.broken.set(part, new Error(error));
    assert.deepEqual(round(), [["error", "Flows left out", { part, error }]]);
    assert.deepEqual(round(), []);
  }
});
