/** The alert rules and the dashboard of deploy/monitoring, without an agent: promtool's own checks and tests. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { ALL_METRICS } from "../../core/report/metrics.ts";
import {
  alertExpressions,
  dashboardExpressions,
  metricsIn,
  readDashboard,
  readRules,
} from "./expressions.ts";
import { MONITORING, NO_PROMETHEUS, promtool } from "./prometheus.ts";

const KNOWN = new Set(ALL_METRICS.map(({ name }): string => name));

Deno.test("every metric that the dashboard and the rules name exists", async () => {
  const all = [...await dashboardExpressions(), ...await alertExpressions()];
  assert.ok(all.length > 40);
  const unknown = all.flatMap(({ of, text }) =>
    metricsIn(text).filter((name) => !KNOWN.has(name)).map((name) => `${of}: ${name}`)
  );
  assert.deepEqual(unknown, []);
});

Deno.test("every metric but those of the process's past is in the dashboard or in a rule", async () => {
  const all = [...await dashboardExpressions(), ...await alertExpressions()];
  const named = new Set(all.flatMap(({ text }) => metricsIn(text)));
  const unnamed = [...KNOWN].filter((name) => !named.has(name));
  assert.deepEqual(unnamed, [
    "sluice_pods",
    "sluice_sensor_verdicts_total", // its sum over all sensors
    "process_start_time_seconds",
    "sluice_heap_used_bytes",
    "sluice_sensor_passed_by_seconds_total",
    "sluice_port_sent_packets_total",
    "sluice_port_received_packets_total",
    "sluice_traffic_control_pod_bytes_total",
  ]);
});

Deno.test("the dashboard is one that Grafana takes: ids, places and data sources of its panels", async () => {
  const { uid, schemaVersion, templating, panels } = await readDashboard();
  assert.equal(uid, "sluice");
  assert.ok(schemaVersion >= 39);
  assert.equal(templating.list[0].type, "datasource");
  assert.equal(new Set(panels.map(({ id }: { id: number }) => id)).size, panels.length);
  const taken = new Set<string>();
  for (const { title, type, datasource, gridPos, targets, description } of panels) {
    const { x, y, w } = gridPos;
    assert.ok(x + w <= 24, title);
    assert.ok(!taken.has(`${x} ${y}`), title);
    taken.add(`${x} ${y}`);
    if (type === "row") continue;
    assert.deepEqual(datasource, { type: "prometheus", uid: "${datasource}" }, title);
    assert.match(description, /\?$/, title);
    const ids = targets.map(({ refId }: { refId: string }) => refId);
    assert.equal(new Set(ids).size, ids.length, title);
  }
});

Deno.test("each alert has a test that makes it fire, and says what is to be done", async () => {
  const tests = await Deno.readTextFile(join(MONITORING, "alerts_test.yaml"));
  const rules = await readRules();
  const parsed = parse(tests).tests.map(({ name }: { name: string }) => name);
  for (const { alert, ...rule } of rules) {
    assert.ok(parsed.includes(alert), alert);
    const { annotations, labels } = rule as unknown as {
      annotations: { summary: string; description: string };
      labels: { severity: string };
    };
    assert.match(labels.severity, /^(critical|warning|info)$/);
    assert.ok(annotations.summary.includes("$labels.instance"), alert);
    assert.ok(annotations.description.length > 40, alert);
  }
});

Deno.test("the object for the Prometheus operator has the same rules", async () => {
  const object = parse(await Deno.readTextFile(join(MONITORING, "prometheus-rule.yaml")));
  const { groups } = parse(await Deno.readTextFile(join(MONITORING, "alerts.yaml")));
  assert.deepEqual([object.kind, object.spec.groups], ["PrometheusRule", groups]);
});

Deno.test({
  name: "promtool takes the rules and the configuration, and all tests of the rules pass",
  ignore: NO_PROMETHEUS,
  async fn() {
    for (
      const command of [
        ["check", "rules", "alerts.yaml"],
        ["check", "config", "prometheus.yaml"],
        ["test", "rules", "alerts_test.yaml"],
      ]
    ) {
      const { code, stdout, stderr } = await promtool(...command);
      assert.equal(code, 0, `${command.join(" ")}\n${stdout}${stderr}`);
      assert.match(stdout, /SUCCESS/);
    }
  },
});
