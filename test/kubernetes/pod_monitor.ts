/**
 * A small CRD of the Prometheus operator's kind PodMonitor, with the fields that `deploy/` uses. The operator's own CRD
 * has about a hundred times as many fields.
 * @module
 */

const labels = { type: "object", additionalProperties: { type: "string" } };
const text = { type: "string" };
const RELABELING = {
  type: "object",
  properties: { action: text, sourceLabels: { type: "array", items: text }, targetLabel: text },
};
const ENDPOINT = {
  type: "object",
  properties: { port: text, relabelings: { type: "array", items: RELABELING } },
};
const SPEC = {
  type: "object",
  required: ["podMetricsEndpoints", "selector"],
  properties: {
    selector: { type: "object", properties: { matchLabels: labels } },
    podMetricsEndpoints: { type: "array", items: ENDPOINT },
  },
};
const SCHEMA = { type: "object", required: ["spec"], properties: { spec: SPEC } };

export const POD_MONITOR_CRD = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "podmonitors.monitoring.coreos.com" },
  spec: {
    group: "monitoring.coreos.com",
    scope: "Namespaced",
    names: {
      plural: "podmonitors",
      singular: "podmonitor",
      kind: "PodMonitor",
      shortNames: ["pmon"],
    },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: SCHEMA } }],
  },
};
