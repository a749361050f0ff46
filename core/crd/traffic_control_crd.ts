/** The CustomResourceDefinition of TrafficControl, made from the registered targets, actions and options. @module */
import { stringify } from "yaml";
import { additionalPortsField, additionalPortsRules } from "./additional_ports.ts";
import { actionRules, optionRules } from "./cel.ts";
import type { Registries } from "../contracts/registry.ts";
import { COLUMNS, labelSelector, STATUS } from "./parts.ts";
import { optionField, type SchemaNode, targetUnion } from "./structural.ts";
import { ADDITIONAL_PORTS } from "../objects/forms.ts";
import { suits } from "../objects/options.ts";
import { refusesTarget } from "../objects/port_fields.ts";
import { DIRECTIONS } from "../objects/traffic_control.ts";

const APPLIED_TO: SchemaNode = {
  type: "object",
  description: "Selects Pods that match each given selector. Without a selector it selects no Pod.",
  properties: {
    podSelector: labelSelector(
      "Selects Pods by their labels. Without namespaceSelector it selects them in all Namespaces.",
    ),
    namespaceSelector: labelSelector("Selects Pods by the labels of their Namespaces."),
  },
};

/** The targets that at least one action accepts as that port. */
function portKinds({ targets, actions }: Registries, port: "targetPort" | "returnPort") {
  const users = [...actions.values()].filter((action) => action[port] === "required");
  return [...targets.values()].filter((target) =>
    users.some((action) => !refusesTarget(action, target))
  );
}

/** Options that some action goes with, and those actions. */
function usedOptions({ options, actions }: Registries) {
  return [...options.values()].map((option) => ({
    option,
    users: [...actions.values()].filter((action) => suits(option, action)),
  })).filter(({ users }) => users.length > 0);
}

function spec(registries: Registries): SchemaNode {
  const actions = [...registries.actions.values()];
  const options = usedOptions(registries);
  const ports = {
    targetPort: portKinds(registries, "targetPort"),
    returnPort: portKinds(registries, "returnPort"),
  };
  // A union without branches would not be a valid schema
  const union = (port: keyof typeof ports, description: string) =>
    ports[port].length > 0 && { [port]: { ...targetUnion(ports[port]), description } };
  const hasTargets = ports.targetPort.length > 0;
  return {
    type: "object",
    description: "Selects Pods and packets, and says what to do with these packets.",
    required: ["appliedTo", "direction", "action"],
    "x-kubernetes-validations": [
      ...actions.flatMap((action) => actionRules(action, ports)),
      ...(hasTargets ? actions.flatMap((action) => additionalPortsRules(action, ports)) : []),
      ...options.flatMap(({ option, users }) => optionRules(option, { actions, users })),
    ],
    properties: {
      appliedTo: APPLIED_TO,
      direction: {
        type: "string",
        description:
          "Which packets, seen from the Pod: Ingress is what it receives, Egress what it sends.",
        enum: DIRECTIONS,
      },
      action: {
        type: "string",
        description: actions.map(({ name, docs }) => `${name}: ${docs}`).join(" "),
        enum: actions.map(({ name }) => name),
      },
      ...union("targetPort", "The port that packets are sent to."),
      ...union("returnPort", "The port where redirected packets come back."),
      ...(hasTargets && { [ADDITIONAL_PORTS]: additionalPortsField(ports) }),
      ...Object.fromEntries(options.map(({ option }) => [option.field, optionField(option)])),
    },
  };
}

/**
 * The CustomResourceDefinition, with the fields of the registered plugins: Kubernetes documentation,
 * "Extend the Kubernetes API with CustomResourceDefinitions". It accepts what Antrea's own CRD accepts, and it has a
 * schema for `status`, so that the API server keeps what the agents write there.
 *
 * @throws {TypeError} If no rule can spell the kind of a target.
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
            description: "Mirrors or redirects the traffic of Pods.",
            required: ["spec"],
            properties: { spec: spec(registries), status: STATUS },
          },
        },
      }],
    },
  };
}

/** The CustomResourceDefinition as YAML, for `kubectl apply -f -`. */
export function crdYaml(registries: Registries): string {
  return stringify(crd(registries), { aliasDuplicateObjects: false, lineWidth: 0 });
}
