/** The parts of the TrafficControl CRD that do not depend on plugins: selectors, status, columns. @module */
import { LABEL_KEY, LABEL_VALUE } from "../objects/names.ts";
import { OPERATORS } from "../objects/label_selector.ts";
import type { SchemaNode } from "./structural.ts";

/** Longest key and value of a label, in characters: Kubernetes documentation, "Labels and Selectors". */
const LONGEST = { key: 253 + 1 + 63, value: 63 } as const;

/** The pattern for RE2, which has no look-ahead. It also matches names that are too long; Sluice itself refuses them. */
const withoutLookAhead = ({ source }: RegExp) => source.replaceAll(/\(\?=[^)]*\)/g, "");

function labelValue(description: string): SchemaNode {
  return { type: "string", description, maxLength: LONGEST.value, pattern: LABEL_VALUE.source };
}

/** These rules must be cheap: the API server counts their cost once for each item that a list may have. */
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
      description: "How the label's value relates to the values of this requirement.",
      enum: OPERATORS,
    },
    values: {
      type: "array",
      description: "In and NotIn need at least one value; Exists and DoesNotExist take none.",
      items: labelValue("Value of a label."),
    },
  },
};

/** The schema of a LabelSelector of meta/v1. */
export function labelSelector(description: string): SchemaNode {
  return {
    type: "object",
    description: `${description} An empty selector matches all.`,
    properties: {
      matchLabels: {
        type: "object",
        description: "Labels that the object must have, with these values.",
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

/** The schema of a Condition of meta/v1. */
const CONDITION: SchemaNode = {
  type: "object",
  description: "One condition of the TrafficControl.",
  required: ["type", "status"],
  properties: {
    type: { type: "string", description: "What the condition is about." },
    status: {
      type: "string",
      description: "Whether the condition holds.",
      enum: ["True", "False", "Unknown"],
    },
    observedGeneration: {
      type: "integer",
      description: "Generation of the TrafficControl that the condition describes.",
      format: "int64",
      minimum: 0,
    },
    reason: { type: "string", description: "The reason in one word, for programs." },
    message: { type: "string", description: "What was found, and the cure." },
    lastTransitionTime: {
      type: "string",
      description: "When the status of the condition last changed.",
      format: "date-time",
    },
  },
};

const nodes = (description: string): SchemaNode => ({ type: "integer", description });

const text = (description: string): SchemaNode => ({ type: "string", description });

/** The schema of an entry of `status.failures`. */
const FAILURE: SchemaNode = {
  type: "object",
  description: "Why the TrafficControl is not realized on some nodes.",
  required: ["nodes", "reason", "message"],
  properties: {
    nodes: text("Names of the nodes that say so; of many, some and the number of the others."),
    reason: text("The reason in one word, for programs."),
    message: text("What was found."),
    cure: text("What you can do about it."),
  },
};

/** The schema of `status`, which the agent that leads writes. */
export const STATUS: SchemaNode = {
  type: "object",
  description: "The state of the TrafficControl on all nodes, as the agents report it.",
  properties: {
    observedGeneration: {
      type: "integer",
      description: "Generation of the TrafficControl that this status describes.",
      format: "int64",
    },
    desiredNodes: nodes("Number of nodes that have a selected Pod."),
    realizedNodes: nodes("Number of desired nodes where the TrafficControl is realized."),
    failedNodes: nodes("Number of nodes where a condition prevents it from being realized."),
    ready: { type: "string", description: "Realized nodes of all desired nodes, e.g. 3/3." },
    target: text(
      "The target port in one word, e.g. vxlan:10.0.10.2; +1 stands for one more entry.",
    ),
    return: text("The return port in one word."),
    failures: {
      type: "array",
      description: "Why it is not realized on nodes: an entry for all nodes that say the same.",
      "x-kubernetes-list-type": "atomic",
      items: FAILURE,
    },
    conditions: {
      type: "array",
      description: "Conditions of the TrafficControl, one for each type.",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["type"],
      items: CONDITION,
    },
  },
};

/** Where the condition is that sums up the others. */
const REALIZED = '.status.conditions[?(@.type=="Realized")]';
/** Columns of this priority are shown by `kubectl get -o wide` alone. */
const WIDE = { priority: 1 } as const;

/** The columns of `kubectl get`. */
export const COLUMNS: readonly SchemaNode[] = [
  {
    name: "Action",
    type: "string",
    description: "What is done to packets.",
    jsonPath: ".spec.action",
  },
  {
    name: "Target",
    type: "string",
    description: "The port that packets are sent to.",
    jsonPath: ".status.target",
  },
  {
    name: "Ready",
    type: "string",
    description: "Number of nodes where it is realized, of the nodes that have a selected Pod.",
    jsonPath: ".status.ready",
  },
  {
    name: "Reason",
    type: "string",
    description: "Why it is not realized, or why it is, in one word.",
    jsonPath: `${REALIZED}.reason`,
  },
  {
    name: "Age",
    type: "date",
    description: "Time since the object was created.",
    jsonPath: ".metadata.creationTimestamp",
  },
  {
    name: "Direction",
    type: "string",
    description: "Which packets, seen from the Pod.",
    jsonPath: ".spec.direction",
    ...WIDE,
  },
  {
    name: "Return",
    type: "string",
    description: "The port where redirected packets come back.",
    jsonPath: ".status.return",
    ...WIDE,
  },
  {
    name: "Failed",
    type: "integer",
    description: "Number of nodes where a condition prevents it from being realized.",
    jsonPath: ".status.failedNodes",
    ...WIDE,
  },
  {
    name: "Message",
    type: "string",
    description: "What was found on which nodes, with the cure.",
    jsonPath: `${REALIZED}.message`,
    ...WIDE,
  },
];
