/** The CustomResourceDefinition, from the registered targets and actions. @module */
import { stringify } from "yaml";
import type { Registries } from "./control.ts";
import { OPERATORS } from "./selector_problems.ts";
import { type SchemaNode, targetUnion } from "./structural.ts";
import { DIRECTIONS } from "./traffic_control.ts";

/** LabelSelector of meta/v1. */
const LABEL_SELECTOR: SchemaNode = {
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
          operator: { type: "string", enum: OPERATORS },
          values: { type: "array", items: { type: "string" } },
        },
      },
    },
  },
};

/** Condition of meta/v1. */
const CONDITION: SchemaNode = {
  type: "object",
  required: ["type", "status"],
  properties: Object.fromEntries(
    ["type", "status", "reason", "message", "lastTransitionTime"].map((name) => [name, {
      type: "string",
      ...(name === "lastTransitionTime" && { format: "date-time" }),
    }]),
  ),
};

function spec({ targets, actions }: Registries): SchemaNode {
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
        enum: DIRECTIONS,
      },
      action: {
        type: "string",
        description: [...actions.values()].map(({ name, docs }) => `${name}: ${docs}`).join(" "),
        enum: [...actions.keys()],
      },
      targetPort: { ...targetUnion(kinds), description: "Where packets are sent to." },
      // A union of nothing would be no schema
      ...(returnable.length > 0 && {
        returnPort: {
          ...targetUnion(returnable),
          description: "Where redirected packets come back.",
        },
      }),
    },
  };
}

const STATUS: SchemaNode = {
  type: "object",
  properties: { conditions: { type: "array", items: CONDITION } },
};

const COLUMNS = [
  { name: "Action", type: "string", jsonPath: ".spec.action" },
  { name: "Direction", type: "string", jsonPath: ".spec.direction" },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
];

/**
 * The CustomResourceDefinition, with the fields of the registered targets and actions: Kubernetes documentation,
 * "Extend the Kubernetes API with CustomResourceDefinitions". A superset of Antrea's, with a status that stays.
 *
 * @throws {TypeError} If a target's schema cannot be structural.
 */
export function crd(registries: Registries): SchemaNode {
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

/** The same as YAML, for `kubectl apply -f -`. */
export function crdYaml(registries: Registries): string {
  return stringify(crd(registries), { aliasDuplicateObjects: false, lineWidth: 0 });
}
