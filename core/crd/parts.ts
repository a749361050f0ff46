/** The parts of the CRD that are the same whatever plugins there are: selectors, conditions, columns. @module */
import { LABEL_KEY, LABEL_VALUE } from "../objects/names.ts";
import { OPERATORS } from "../objects/label_selector.ts";
import type { SchemaNode } from "./structural.ts";

/** Of names and values of labels: Kubernetes documentation, "Labels and Selectors". */
const LONGEST = { key: 253 + 1 + 63, value: 63 } as const;

/** RE2 has no look-ahead, which only says how long the parts are. */
const withoutLookAhead = ({ source }: RegExp) => source.replaceAll(/\(\?=[^)]*\)/g, "");

function labelValue(description: string): SchemaNode {
  return { type: "string", description, maxLength: LONGEST.value, pattern: LABEL_VALUE.source };
}

/** In a list of any length: what it costs counts many times. */
const REQUIREMENT_RULES = [
  {
    rule: '!(self.operator in ["In", "NotIn"]) || (has(self.values) && size(self.values) > 0)',
    message: "operators In and NotIn must have values",
  },
  {
    rule: 'self.operator in ["In", "NotIn"] || !has(self.values) || size(self.values) == 0',
    message: "operators Exists and DoesNotExist must have no values",
  },
];

const REQUIREMENT: SchemaNode = {
  type: "object",
  description: "One requirement on one label.",
  required: ["key", "operator"],
  "x-kubernetes-validations": REQUIREMENT_RULES,
  properties: {
    key: {
      type: "string",
      description: "Name of the label.",
      maxLength: LONGEST.key,
      pattern: withoutLookAhead(LABEL_KEY),
    },
    operator: {
      type: "string",
      description: "How the label's value and the values relate.",
      enum: OPERATORS,
    },
    values: {
      type: "array",
      description: "For In and NotIn one value or more; for Exists and DoesNotExist none.",
      items: labelValue("Value of a label."),
    },
  },
};

/** LabelSelector of meta/v1. */
export function labelSelector(description: string): SchemaNode {
  return {
    type: "object",
    description: `${description} An empty selector matches all.`,
    properties: {
      matchLabels: {
        type: "object",
        description: "Labels that must be there, with these values.",
        additionalProperties: labelValue("Value of the label."),
      },
      matchExpressions: {
        type: "array",
        description: "Requirements that must all hold.",
        items: REQUIREMENT,
      },
    },
  };
}

/** Condition of meta/v1. */
const CONDITION: SchemaNode = {
  type: "object",
  description: "One aspect of the state.",
  required: ["type", "status"],
  properties: {
    type: { type: "string", description: "What the condition is about." },
    status: {
      type: "string",
      description: "Whether it is the case.",
      enum: ["True", "False", "Unknown"],
    },
    observedGeneration: {
      type: "integer",
      description: "The generation of the object that the condition is about.",
      format: "int64",
      minimum: 0,
    },
    reason: { type: "string", description: "The reason in one word, for programs." },
    message: { type: "string", description: "What is the case, and the cure." },
    lastTransitionTime: {
      type: "string",
      description: "When the status became what it is.",
      format: "date-time",
    },
  },
};

const nodes = (description: string): SchemaNode => ({ type: "integer", description });

/** What agents write. */
export const STATUS: SchemaNode = {
  type: "object",
  description: "What has become of it, as the agents see it.",
  properties: {
    observedGeneration: {
      type: "integer",
      description: "The generation of the object that this is about.",
      format: "int64",
    },
    desiredNodes: nodes("Nodes that have a selected Pod."),
    realizedNodes: nodes("Those of them where all that it asks for is in the datapath."),
    failedNodes: nodes("Nodes where something keeps it from being realized."),
    ready: { type: "string", description: "Realized nodes of desired ones, as in 3/3." },
    conditions: {
      type: "array",
      description: "What is the case, one for each type.",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["type"],
      items: CONDITION,
    },
  },
};

/** What `kubectl get` shows. */
export const COLUMNS: readonly SchemaNode[] = [
  {
    name: "Action",
    type: "string",
    description: "What is done to packets.",
    jsonPath: ".spec.action",
  },
  {
    name: "Direction",
    type: "string",
    description: "Which packets, seen from the Pod.",
    jsonPath: ".spec.direction",
  },
  {
    name: "Ready",
    type: "string",
    description: "Nodes where it is realized, of those that have a selected Pod.",
    jsonPath: ".status.ready",
  },
  {
    name: "Age",
    type: "date",
    description: "Since when the object is there.",
    jsonPath: ".metadata.creationTimestamp",
  },
];
