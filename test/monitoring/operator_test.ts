/** What deploy/monitoring has for the Prometheus operator, on a real API server. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { installCRDs } from "../kubernetes/cluster.ts";
import { apiServerTests } from "../kubernetes/kube_apiserver.ts";
import { eventually } from "../lab/ovs.ts";
import { MONITORING } from "./prometheus.ts";

const withServer = apiServerTests(installCRDs);

/** A small CRD of the operator's kind PrometheusRule, with the fields of a rule. */
const text = { type: "string" };
const texts = { type: "object", additionalProperties: text };
const RULE = {
  type: "object",
  required: ["expr"],
  properties: { alert: text, expr: text, for: text, labels: texts, annotations: texts },
};
const GROUP = {
  type: "object",
  required: ["name"],
  properties: { name: text, rules: { type: "array", items: RULE } },
};
const SPEC = { type: "object", properties: { groups: { type: "array", items: GROUP } } };
const CRD = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "prometheusrules.monitoring.coreos.com" },
  spec: {
    group: "monitoring.coreos.com",
    scope: "Namespaced",
    names: { plural: "prometheusrules", singular: "prometheusrule", kind: "PrometheusRule" },
    versions: [{
      name: "v1",
      served: true,
      storage: true,
      schema: { openAPIV3Schema: { type: "object", properties: { spec: SPEC } } },
    }],
  },
};

Deno.test(
  withServer("kubectl applies the rules, and none of their fields is lost", async (server) => {
    const file = join(MONITORING, "prometheus-rule.yaml");
    await server.kubectl(["apply", "-f", "-"], JSON.stringify(CRD));
    const args = ["apply", "-f", file, "--validate=strict"];
    await eventually("the kind", async () => (await server.tryKubectl(args)).code === 0, 30_000);
    const path = "/apis/monitoring.coreos.com/v1/namespaces/sluice-system/prometheusrules/sluice";
    const { spec } = await server.must("GET", path);
    const { groups } = parse(await Deno.readTextFile(join(MONITORING, "alerts.yaml")));
    assert.deepEqual(spec.groups, groups);
  }),
);
