import assert from "node:assert/strict";
import { ClusterReports } from "./cluster_reports.ts";

const object = (name: string, status: object) => ({ metadata: { name }, status });
const entry = (name: string, more: object = {}) => ({
  name,
  observedGeneration: 1,
  realized: true,
  pods: 3,
  ports: ["tap0"],
  ...more,
});
const missing = { realized: false, reason: "DeviceMissing", message: "not there" };
const said = (reports: ClusterReports, name: string) =>
  reports.of(name).map(({ realized, observedGeneration, count, nodes }) => [
    realized,
    observedGeneration,
    count,
    [...nodes].sort().join(),
  ]);

Deno.test("both forms of a report say the same; nodes that say the same are counted, and named if they fail", () => {
  const reports = new ClusterReports();
  const set = (
    node: string,
    status: object,
  ) => [...reports.set(reports.read(object(node, status)))];
  assert.deepEqual(set("new", { realizedTrafficControls: ["a/1", "b/2"] }), ["a", "b"]);
  assert.deepEqual(set("old", { trafficControls: [entry("a"), entry("b", missing)] }), ["a", "b"]);
  assert.deepEqual(
    set("mixed", {
      realizedTrafficControls: ["a/1"],
      trafficControls: [entry("b", { ...missing, pods: 1, ports: [] })],
    }),
    ["a", "b"],
  );
  assert.deepEqual(said(reports, "a"), [[true, 1, 3, ""]]);
  assert.deepEqual(said(reports, "b"), [[true, 2, 1, ""], [false, 1, 2, "mixed,old"]]);
  assert.deepEqual(
    set("old", { trafficControls: [entry("a", { pods: 9 }), entry("b", missing)] }),
    [],
  );
  assert.deepEqual(set("old", { realizedTrafficControls: ["a/2"] }), ["a", "b"]);
  assert.deepEqual(said(reports, "a"), [[true, 1, 2, ""], [true, 2, 1, ""]]);
  assert.deepEqual([...reports.delete("mixed")], ["a", "b"]);
  assert.deepEqual(said(reports, "b"), [[true, 2, 1, ""]]);
  assert.equal(reports.nodes, 2);
});

Deno.test("a snapshot forgets nodes that are not there any more", () => {
  const reports = new ClusterReports();
  const status = { realizedTrafficControls: ["a/1"] };
  const all = (...nodes: readonly string[]) =>
    reports.setAll(nodes.map((node) => reports.read(object(node, status))));
  assert.deepEqual([...all("x", "y", "z")], ["a"]);
  assert.deepEqual([...all("x", "y", "z")], []);
  assert.deepEqual([...all("z")], ["a"]);
  assert.deepEqual([said(reports, "a"), reports.nodes], [[[true, 1, 1, ""]], 1]);
  assert.deepEqual([...all()], ["a"]);
  assert.deepEqual([reports.of("a"), reports.nodes], [[], 0]);
});

Deno.test("a node that leaves something out is silent on what it does not name", () => {
  const reports = new ClusterReports();
  reports.set(reports.read(object("x", { realizedTrafficControls: ["a/1"], leftOut: 2 })));
  reports.set(reports.read(object("y", { realizedTrafficControls: ["b/1"] })));
  assert.deepEqual([reports.silentOn("a"), reports.silentOn("b")], [[], ["x"]]);
  reports.delete("x");
  assert.deepEqual(reports.silentOn("b"), []);
});

Deno.test("a list with what no agent writes harms nothing", () => {
  const reports = new ClusterReports();
  const realizedTrafficControls = [7, null, "x".repeat(1000), "plain", "a/b/c", "a/1.5", "a/1"];
  reports.set(reports.read(object("x", { realizedTrafficControls, trafficControls: "none" })));
  assert.deepEqual(said(reports, "plain"), [[true, undefined, 1, ""]]);
  assert.deepEqual(said(reports, "a"), [[true, 1, 1, ""]]);
});

Deno.test("what is said no more takes no memory, also of what was said twice", () => {
  const reports = new ClusterReports();
  for (let generation = 1; generation < 9; generation += 2) {
    const realizedTrafficControls = [`a/${generation}`, `a/${generation + 1}`];
    const trafficControls = [entry("b", missing), entry("b", { observedGeneration: generation })];
    reports.set(reports.read(object("x", { realizedTrafficControls, trafficControls })));
    assert.deepEqual(said(reports, "a"), [[true, generation + 1, 1, ""]]);
    assert.equal(reports.texts, 2);
  }
  reports.delete("x");
  assert.equal(reports.texts, 0);
});
