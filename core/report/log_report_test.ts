import assert from "node:assert/strict";
import { control, mirror } from "../model/testing/fixtures.ts";
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
  /** The lines of one report. */
  const reported = (...names: string[]) => {
    lines.length = 0;
    report.report(names);
    return [...lines];
  };
  /** The lines that one round logs. */
  const round = (...names: string[]) => {
    node.round();
    return reported(...names);
  };
  return { node, round, reported };
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

Deno.test("a TrafficControl that comes in the middle of a round is logged again when its port has been judged", () => {
  const { node, round } = start();
  round("t");
  node.model.pending.applied();
  node.model.judgePorts();
  // It comes behind the judgement of ports, and before flows are updated.
  const device = { name: "eno9", type: "", options: {}, identity: "eno9" };
  const treatment = { copies: [{ to: ["eno9"] }] };
  node.control(control("late", "2", { treatment, specs: [device] }));
  node.model.updateFlows(0);
  const early = [...node.model.pending.applied()];
  assert.deepEqual(early, ["late"]);
  node.model.judgePorts();
  node.model.updateFlows(0);
  const [again = ""] = node.model.pending.applied();
  assert.equal(again, "late", "its verdict is new, and there is something to say");
  const [[level, message, fields] = []] = round(again);
  assert.deepEqual([level, message, fields?.reason], [
    "warning",
    "TrafficControl not realized",
    "DeviceMissing",
  ]);
});

Deno.test("a TrafficControl that came when the ports of the round were judged is not said to be realized before its own are", () => {
  const { node, round, reported } = start();
  round("t");
  const missing = control("late", "2", {
    treatment: { copies: [{ to: ["eno9"] }] },
    specs: [{ name: "eno9", type: "", options: {}, identity: "eno9" }],
  });
  node.model.judgePorts();
  node.control(missing);
  const said = (lines: ReturnType<typeof round>) =>
    lines.map(([, message, fields]) => [message, fields?.reason]);
  node.model.updateFlows(0);
  const applied = [...node.model.pending.applied()];
  assert.deepEqual(applied, ["late"]);
  assert.deepEqual(said(reported(...applied)), []);
  assert.deepEqual(said(round()), [["TrafficControl not realized", "DeviceMissing"]]);
});

Deno.test("a TrafficControl that selects no Pod of the node says so, and not that it is realized", () => {
  const { node, round } = start();
  node.control(mirror("none", "2", "ids0"), "no Pod");
  assert.deepEqual(round("none"), [["info", "TrafficControl selects no Pods here", {
    name: "none",
  }]]);
});
