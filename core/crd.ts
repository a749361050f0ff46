/** The CustomResourceDefinition, from the registered targets and actions. @module */
import { stringify } from "yaml";
import type { Registries } from "./control.ts";
import { targetUnion } from "./structural.ts";

type Node = Record<string, unknown>;

const LABEL_SELECTOR: Node = {
  type: "object",
  properties: {
    matchLabels: { type: "object", additionalProperties: { type: "string" } },
    matchExpressions: {
      type: "array",
      items: {
        type: "object",
        required: ["key", "operator"],
        properties: {
          key: { type: "string" },
          operator: { type: "string", enum: ["In", "NotIn", "Exists", "DoesNotExist"] },
          values: { type: "array", items: { type: "string" } },
        },
      },
    },
  },
};

const CONDITION: Node = {
  type: "object",
  required: ["type", "status"],
  properties: Object.fromEntries(
    ["type", "status", "reason", "message", "lastTransitionTime"].map((name) => [name, {
      type: "string",
      ...(name === "lastTransitionTime" && { format: "date-time" }),
    }]),
  ),
};

function spec({ targets, actions }: Registries): Node {
  const kinds = [...targets.values()];
  const returnable = kinds.filter(({ kind }) =>
    [...actions.values()].some(({ returnPort, refuses }) =>
      returnPort === "required" && !refuses?.includes(kind)
    )
  );
  return {
    type: "object",
    required: ["appliedTo", "direction", "action"],
    properties: {
      appliedTo: {
        type: "object",
        description: "Which Pods: those that both selectors match; none where none is given.",
        properties: { podSelector: LABEL_SELECTOR, namespaceSelector: LABEL_SELECTOR },
      },
      direction: {
        type: "string",
        description: "Seen from the Pod: what it gets, what it sends, or both.",
        enum: ["Ingress", "Egress", "Both"],
      },
      action: {
        type: "string",
        description: [...actions.values()].map(({ name, docs }) => `${name}: ${docs}`).join(" "),
        enum: [...actions.keys()],
      },
      targetPort: { ...targetUnion(kinds), description: "Where packets are sent to." },
      returnPort: {
        ...targetUnion(returnable),
        description: "Where redirected packets come back.",
      },
    },
  };
}

const STATUS: Node = {
  type: "object",
  properties: { conditions: { type: "array", items: CONDITION } },
};

const COLUMNS = [
  { name: "Action", type: "string", jsonPath: ".spec.action" },
  { name: "Direction", type: "string", jsonPath: ".spec.direction" },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
];

/** A structural v1 CRD: Kubernetes documentation, "Extend the Kubernetes API". */
export function crd(registries: Registries): Node {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "trafficcontrols.crd.antrea.io" },
    spec: {
      group: "crd.antrea.io",
      scope: "Cluster",
      names: {
        plural: "trafficcontrols",
        singular: "trafficcontrol",
        kind: "TrafficControl",
        shortNames: ["tc"],
      },
      versions: [{
        name: "v1alpha2",
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: COLUMNS,
        schema: {
          openAPIV3Schema: {
            type: "object",
            required: ["spec"],
            properties: { spec: spec(registries), status: STATUS },
          },
        },
      }],
    },
  };
}

export function crdYaml(registries: Registries): string {
  return stringify(crd(registries), { aliasDuplicateObjects: false, lineWidth: 0 });
}
