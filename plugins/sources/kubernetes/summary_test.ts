import assert from "node:assert/strict";
import { ClusterReports, type Finding } from "./cluster_reports.ts";
import type { NodeStatusEntry } from "./node_status_entry.ts";
import { isSameStatus, summarize } from "./summary.ts";

type NodeEntry = NodeStatusEntry & { readonly node: string };

const control = { name: "m", uid: "u", generation: 3 };
const entry = (node: string, more: Partial<NodeEntry> = {}): NodeEntry => ({
  node,
  name: "m",
  observedGeneration: 3,
  realized: true,
  pods: 1,
  ports: ["tap0"],
  ...more,
});
const refused = (node: string, type: string, more: Partial<NodeEntry> = {}) => {
  const message = `it is ${type}`;
  return entry(node, {
    realized: false,
    reason: type,
    message,
    conditions: [{ type, message }],
    ...more,
  });
};
const warned = (node: string, type: string) =>
  entry(node, { conditions: [{ type, message: "beware" }] });

/** What the elected agent knows from the entries of nodes. */
function findings(entries: readonly NodeEntry[]): readonly Finding[] {
  const reports = new ClusterReports();
  for (const { node, ...entry } of entries) {
    reports.set(reports.read({ metadata: { name: node }, status: { trafficControls: [entry] } }));
  }
  return reports.of("m");
}

/**
 * Entries of nodes, whether all nodes have had the time to report, and the summary: `ready`, failed nodes, and conditions
 * as `type=status reason message`.
 */
const CASES: readonly (readonly [
  string,
  readonly NodeEntry[],
  boolean,
  { readonly ready: string; readonly failed?: number; readonly conditions: readonly string[] },
])[] = [
  ["no node has reported yet", [], false, {
    ready: "0/0",
    conditions: ["Realized=False Progressing 0 of 0 nodes so far"],
  }],
  ["no Pod is selected", [], true, {
    ready: "0/0",
    conditions: ["Realized=True NoPods No Pod is selected"],
  }],
  ["realized on all nodes", [entry("a"), entry("b")], true, {
    ready: "2/2",
    conditions: ["Realized=True AllNodes On all 2 nodes with selected Pods"],
  }],
  ["not all nodes have had the time to report", [entry("a"), entry("b")], false, {
    ready: "2/2",
    conditions: ["Realized=False Progressing 2 of 2 nodes so far"],
  }],
  [
    "one node reports on an earlier generation",
    [entry("a"), entry("b", { observedGeneration: 2 })],
    true,
    { ready: "1/2", conditions: ["Realized=False Progressing 1 of 2 nodes so far"] },
  ],
  ["under way on one node", [entry("a"), entry("b", { realized: false })], true, {
    ready: "1/2",
    conditions: ["Realized=False Progressing 1 of 2 nodes so far"],
  }],
  ["failed on one node", [entry("a"), refused("b", "DeviceMissing")], true, {
    ready: "1/2",
    failed: 1,
    conditions: [
      "Realized=False DeviceMissing b: it is DeviceMissing",
      "DeviceMissing=True DeviceMissing b: it is DeviceMissing",
    ],
  }],
  ["failures are reported before all nodes have reported", [refused("b", "DeviceMissing")], false, {
    ready: "0/1",
    failed: 1,
    conditions: [
      "Realized=False DeviceMissing b: it is DeviceMissing",
      "DeviceMissing=True DeviceMissing b: it is DeviceMissing",
    ],
  }],
  ["a warning", [warned("a", "MTUTooSmall")], true, {
    ready: "1/1",
    conditions: [
      "Realized=True AllNodes On all 1 nodes with selected Pods",
      "MTUTooSmall=True MTUTooSmall a: beware",
    ],
  }],
  ["an object that is not valid", [refused("a", "Invalid", { pods: 0 })], true, {
    ready: "0/0",
    failed: 1,
    conditions: [
      "Realized=False Invalid a: it is Invalid",
      "Accepted=False Invalid a: it is Invalid",
    ],
  }],
  ["an older redirect", [refused("a", "Superseded")], true, {
    ready: "0/1",
    failed: 1,
    conditions: [
      "Realized=False Superseded a: it is Superseded",
      "Superseded=True OlderRedirect a: it is Superseded",
    ],
  }],
  [
    "five nodes: three are named",
    ["e", "d", "c", "b", "a"].map((n) => refused(n, "Conflict")),
    true,
    {
      ready: "0/5",
      failed: 5,
      conditions: ["Realized=False", "Conflict=True"].map((what) =>
        `${what} Conflict a: it is Conflict; b: it is Conflict; c: it is Conflict; and 2 more nodes`
      ),
    },
  ],
]; // deno-fmt-ignore

/** Conditions of an object that is valid and has no older redirect beside it. */
const USUAL = ["Accepted=True Valid It says what to do", "Superseded=False Oldest No other has its Pods"];

Deno.test.each(CASES)("summary: %s", (_, entries, settled, expected) => {
  const status = summarize(control, findings(entries), { settled, now: "2026-01-01T00:00:00Z" });
  const said = status.conditions.map(({ type, status, reason, message }) =>
    `${type}=${status} ${reason} ${message}`
  );
  const types = status.conditions.map(({ type }) => type);
  assert.deepEqual(types.slice(0, 3), ["Realized", "Accepted", "Superseded"]);
  assert.deepEqual(said.filter((each) => !USUAL.includes(each)), expected.conditions);
  assert.deepEqual(
    [status.ready, status.failedNodes, status.observedGeneration],
    [expected.ready, expected.failed ?? 0, 3],
  );
});

Deno.test("summary: a condition keeps the time of its last transition, which does not make a status different", () => {
  const [first, second] = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"];
  const before = summarize(control, findings([entry("a")]), { settled: true, now: first });
  const known = { ...control, status: before };
  const same = summarize(known, findings([entry("a")]), { settled: true, now: second });
  assert.deepEqual(same, before);
  const failed = summarize(known, findings([refused("a", "DeviceMissing")]), {
    settled: true,
    now: second,
  });
  const times = failed.conditions.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]);
  assert.deepEqual(times, [
    ["Realized", second],
    ["Accepted", first],
    ["Superseded", first],
    ["DeviceMissing", second],
  ]);
  assert.deepEqual([isSameStatus(before, same), isSameStatus(before, failed)], [true, false]);
  assert.equal(isSameStatus(undefined, before), false);
});

Deno.test("summary: nodes whose reports leave the object out are named", () => {
  const options = { settled: true, now: "2026-01-01T00:00:00Z" };
  const message = (silent: readonly string[]) =>
    summarize(control, findings([entry("a")]), { ...options, silent }).conditions[0]!.message;
  const known = "On all 1 nodes with selected Pods";
  assert.equal(message(["b"]), `${known}; not known of b, whose report is full`);
  assert.equal(
    message(["e", "d", "c", "b"]),
    `${known}; not known of b, c, d and 1 more, whose reports are full`,
  );
});

Deno.test("the status has the ports in words and the failures; one without them is another one", () => {
  const ports = { target: "device:eth1", return: "device:eth2" };
  const options = { settled: true, now: "2026-01-01T00:00:00Z" };
  const bare = summarize(control, findings([entry("a")]), options);
  const known = summarize({ ...control, ports }, findings([entry("a")]), options);
  assert.deepEqual([known.target, known.return], ["device:eth1", "device:eth2"]);
  assert.ok(!isSameStatus(bare, known) && isSameStatus(known, known));
  const failed = summarize(control, findings([refused("a", "DeviceMissing")]), options);
  assert.deepEqual(failed.failures, [
    { nodes: "a", reason: "DeviceMissing", message: "it is DeviceMissing" },
  ]);
  const sorted = failed.failures!.map(({ nodes, reason, message }) => ({ message, nodes, reason }));
  assert.ok(isSameStatus({ ...failed, failures: sorted }, failed), "an API server sorts fields");
  const { failures: _, ...without } = failed;
  assert.ok(!isSameStatus(without, failed));
  assert.ok(!("failures" in known));
});
