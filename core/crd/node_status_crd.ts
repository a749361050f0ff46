/** The CustomResourceDefinition of TrafficControlNodeStatus, in which each agent reports on its node. @module */
import { stringify } from "yaml";
import type { SchemaNode } from "./structural.ts";

const text = (description: string): SchemaNode => ({ type: "string", description });

const CURE = text("How it is mended, if that is known: the end of the message.");

const ENTRY: SchemaNode = {
  type: "object",
  description: "The state of one TrafficControl on this node.",
  required: ["name", "realized"],
  properties: {
    name: text("Name of the TrafficControl."),
    observedGeneration: {
      type: "integer",
      format: "int64",
      description: "Generation of the TrafficControl that this entry describes.",
    },
    realized: {
      type: "boolean",
      description: "Whether everything that the TrafficControl asks for is in the datapath.",
    },
    reason: text("Why it is not realized, in one word."),
    message: text("Why it is not realized, in a sentence, and the cure."),
    cure: CURE,
    conditions: {
      type: "array",
      description: "All conditions of the TrafficControl on this node, one for each reason.",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["type"],
      items: {
        type: "object",
        description: "One condition that holds.",
        required: ["type"],
        properties: {
          type: text("The reason, in one word."),
          message: text("The reason, in a sentence, and the cure."),
          cure: CURE,
        },
      },
    },
    pods: {
      type: "integer",
      description: "Number of Pods on this node that the TrafficControl selects.",
    },
    ports: {
      type: "array",
      description: "Ports of the TrafficControl on the bridge.",
      items: text("Name of a port."),
    },
  },
};

const STATUS: SchemaNode = {
  type: "object",
  description: "What the agent of this node reports.",
  properties: {
    bridge: text("Bridge that the agent works on; several have commas between them."),
    version: text("Version of Sluice."),
    ready: text(
      "How many of the TrafficControls that select a Pod on this node, or are refused, are realized: `realized/all`.",
    ),
    leftOut: {
      type: "integer",
      description: "Number of TrafficControls that are in no list below, as there are too many.",
    },
    realizedTrafficControls: {
      type: "array",
      description:
        "TrafficControls that are realized for Pods on this node, and have no condition, each as `name/generation`.",
      "x-kubernetes-list-type": "atomic", // Else the server would keep who owns each item, in as many bytes
      items: text("Name and generation of a TrafficControl."),
    },
    counted: {
      type: "array",
      description:
        "What was done for TrafficControls until `countedAt`, each as `name copied egress packets/bytes ingress " +
        "packets/bytes`, also with `redirected` or `dropped`. Absent if there is too much of it.",
      "x-kubernetes-list-type": "atomic",
      items: text("Name of a TrafficControl, what was done, and its packets and bytes."),
    },
    countedAt: {
      type: "string",
      format: "date-time",
      description:
        "When `counted` was read. It is read when the report is written, and every ten minutes at most.",
    },
    trafficControls: {
      type: "array",
      description:
        "TrafficControls that select a Pod on this node, or are refused, and of which there is more to say.",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: ENTRY,
    },
  },
};

const column = (name: string, jsonPath: string, type = "string") => ({ name, type, jsonPath });

export const NODE_STATUS_CRD: SchemaNode = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "trafficcontrolnodestatuses.sluice.dev" },
  spec: {
    group: "sluice.dev",
    scope: "Cluster",
    names: {
      plural: "trafficcontrolnodestatuses",
      singular: "trafficcontrolnodestatus",
      kind: "TrafficControlNodeStatus",
      shortNames: ["tcn"],
    },
    versions: [{
      name: "v1alpha1",
      served: true,
      storage: true,
      additionalPrinterColumns: [
        column("Ready", ".status.ready"),
        column("Bridge", ".status.bridge"),
        column("Version", ".status.version"),
        column("Age", ".metadata.creationTimestamp", "date"),
      ],
      schema: {
        openAPIV3Schema: {
          type: "object",
          description:
            "The state of TrafficControls on one node. Only the Sluice agent of that node should write it.",
          properties: { status: STATUS },
        },
      },
    }],
  },
};

/** The CustomResourceDefinition as YAML, for `kubectl apply -f -`. */
export function nodeStatusCrdYaml(): string {
  return stringify(NODE_STATUS_CRD, { aliasDuplicateObjects: false, lineWidth: 0 });
}
