/** The CustomResourceDefinition of what each agent tells of its node. @module */
import { stringify } from "yaml";
import type { SchemaNode } from "./structural.ts";

const text = (description: string): SchemaNode => ({ type: "string", description });

const CURE = text("How it is mended, if that is known: the end of the message.");

const ENTRY: SchemaNode = {
  type: "object",
  description: "What has become of one TrafficControl on this node.",
  required: ["name", "realized"],
  properties: {
    name: text("Of the TrafficControl."),
    observedGeneration: {
      type: "integer",
      format: "int64",
      description: "The generation of the TrafficControl that this is about.",
    },
    realized: { type: "boolean", description: "All that it asks for is in the datapath." },
    reason: text("What keeps it from being realized, in one word."),
    message: text("The same at length, with the cure."),
    cure: CURE,
    conditions: {
      type: "array",
      description: "All that is the case, one for each reason.",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["type"],
      items: {
        type: "object",
        description: "One thing that is the case.",
        required: ["type"],
        properties: {
          type: text("The reason in one word."),
          message: text("The same at length, with the cure."),
          cure: CURE,
        },
      },
    },
    pods: { type: "integer", description: "Pods that it selects on this node." },
    ports: {
      type: "array",
      description: "Its ports on the bridge.",
      items: text("Name of a port."),
    },
  },
};

const STATUS: SchemaNode = {
  type: "object",
  description: "What the node's agent does.",
  properties: {
    bridge: text("The bridge that it works on."),
    version: text("Of Sluice."),
    trafficControls: {
      type: "array",
      description: "TrafficControls that select a Pod here, and those that are refused.",
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
        column("Bridge", ".status.bridge"),
        column("Version", ".status.version"),
        column("Age", ".metadata.creationTimestamp", "date"),
      ],
      schema: {
        openAPIV3Schema: {
          type: "object",
          description:
            "What one node has made of TrafficControls. Its agent writes it; nobody else should.",
          properties: { status: STATUS },
        },
      },
    }],
  },
};

/** The same as YAML, for `kubectl apply -f -`. */
export function nodeStatusCrdYaml(): string {
  return stringify(NODE_STATUS_CRD, { aliasDuplicateObjects: false, lineWidth: 0 });
}
