/** A CRD of TrafficControls like Antrea's own: it has no status and no rules, and `oneOf` for ports. @module */
import { stringify } from "yaml";

const text = { type: "string" };
const integer = { type: "integer" };
const named = { type: "object", required: ["name"], properties: { name: text } };
const tunnel = (more: object) => ({
  type: "object",
  required: ["remoteIP"],
  properties: {
    remoteIP: { type: "string", oneOf: [{ format: "ipv4" }, { format: "ipv6" }] },
    ...more,
  },
});
const oneOf = (kinds: Readonly<Record<string, object>>) => ({
  type: "object",
  properties: kinds,
  oneOf: Object.keys(kinds).map((kind) => ({ required: [kind] })),
});
const overUDP = tunnel({ vni: integer, destinationPort: integer });
const erspan = tunnel({
  sessionID: integer,
  version: integer,
  index: integer,
  dir: integer,
  hardwareID: integer,
});
const selector = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const kinds = { ovsInternal: named, device: named, geneve: overUDP, vxlan: overUDP };
const column = (name: string, jsonPath: string, type = "string") => ({ name, jsonPath, type });

const spec = {
  type: "object",
  required: ["appliedTo", "direction", "action", "targetPort"],
  properties: {
    appliedTo: {
      type: "object",
      properties: { podSelector: selector, namespaceSelector: selector },
    },
    direction: { type: "string", enum: ["Ingress", "Egress", "Both"] },
    action: { type: "string", enum: ["Mirror", "Redirect"] },
    targetPort: oneOf({ ...kinds, gre: tunnel({ key: integer }), erspan }),
    returnPort: oneOf({ ...kinds, gre: tunnel({ key: integer }) }),
  },
};

/** The CRD, as YAML. */
export function antreasCrd(): string {
  return stringify({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "trafficcontrols.crd.antrea.io", labels: { app: "antrea" } },
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
        additionalPrinterColumns: [
          column("Direction", ".spec.direction"),
          column("Action", ".spec.action"),
          column("Age", ".metadata.creationTimestamp", "date"),
        ],
        schema: {
          openAPIV3Schema: { type: "object", required: ["spec"], properties: { spec } },
        },
      }],
    },
  }, { aliasDuplicateObjects: false });
}
