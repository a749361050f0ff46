/** The CRD of the tests, objects as users write them, and two judges: a real API server, and ours. @module */
import assert from "node:assert/strict";
import { index } from "../../core/contracts/registry.ts";
import { crdYaml } from "../../core/crd/traffic_control_crd.ts";
import { checkTrafficControl } from "../../core/objects/traffic_control.ts";
import { actions, options } from "../../plugins/mod.ts";
import { targets } from "../../targets/mod.ts";
import { eventually } from "../lab/ovs.ts";
import type { KubeApiServer } from "./kube_apiserver.ts";

export const registries = {
  targets: index("target", targets, ({ kind }) => kind),
  actions: index("action", actions, ({ name }) => name),
  options: index("option", options, ({ field }) => field),
};
export const PATH = "/apis/crd.antrea.io/v1alpha2/trafficcontrols";
export const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** The CRD, until clients see it. */
export async function installCrd(server: KubeApiServer): Promise<void> {
  await server.kubectl(["apply", "--server-side", "-f", "-"], crdYaml(registries));
  // The server offers the kind to clients a little after it has accepted the CRD.
  await eventually("TrafficControls", async () => {
    const { code } = await server.tryKubectl(["explain", "tc"]);
    return code === 0 && (await server.request("GET", PATH)).status === 200;
  });
}

export type Spec = Readonly<Record<string, unknown>>;
export const ip = { remoteIP: "192.0.2.1" };
export const vxlan = { vxlan: ip };
export const mirror = (targetPort: unknown, more: Spec = {}): Spec => ({
  appliedTo: { podSelector: {} },
  direction: "Both",
  action: "Mirror",
  targetPort,
  ...more,
});
export const redirect = (targetPort: unknown, returnPort: unknown) =>
  mirror(targetPort, { action: "Redirect", returnPort });
export const select = (appliedTo: unknown) => mirror(vxlan, { appliedTo });
export const expression = (key: string, operator: string, values?: readonly string[]) => ({
  podSelector: { matchExpressions: [{ key, operator, ...(values && { values }) }] },
});
export const trafficControl = (spec: unknown, name = "x") => ({
  apiVersion: "crd.antrea.io/v1alpha2",
  kind: "TrafficControl",
  metadata: { name },
  spec,
});

/** Asks the server as `kubectl create --dry-run=server` does. @returns Its message; empty if it accepts the object. */
export async function verdict(server: KubeApiServer, spec: unknown): Promise<string> {
  const query = "dryRun=All&fieldValidation=Strict";
  const { status, body } = await server.request("POST", `${PATH}?${query}`, trafficControl(spec));
  if (status === 201) return "";
  assert.ok(status === 400 || status === 422, JSON.stringify(body));
  return body.message;
}

export const ours = (spec: unknown) => checkTrafficControl(trafficControl(spec), registries);

/** Specs that Antrea's own CRD accepts, too. They were tried with its v1alpha2 of August 2026. */
export const ANTREA_TAKES: readonly (readonly [string, Spec])[] = [
  ["a tunnel by its far end alone", mirror(vxlan)],
  ["GENEVE with all fields", mirror({ geneve: { ...ip, vni: 0xffffff, destinationPort: 65535 } })],
  ["VXLAN with all fields", mirror({ vxlan: { ...ip, vni: 0, destinationPort: 1 } })],
  ["GRE with the largest key", mirror({ gre: { ...ip, key: 0xffffffff } })],
  ["GRE over IPv6", mirror({ gre: { remoteIP: "2001:db8::1" } })],
  ["ERSPAN version 1", mirror({ erspan: { ...ip, version: 1, sessionID: 1023, index: 10 } })],
  ["ERSPAN version 2", mirror({ erspan: { ...ip, version: 2, dir: 1, hardwareID: 63 } })],
  ["an internal port", mirror({ ovsInternal: { name: "tap0" } })],
  ["a device", mirror({ device: { name: "eno2.100" } })],
  ["a redirect through internal ports", {
    ...redirect({ ovsInternal: { name: "tap0" } }, { ovsInternal: { name: "tap1" } }),
  }],
  ["a redirect with other kinds", redirect({ device: { name: "a" } }, { geneve: ip })],
  ["a one-armed redirect", redirect({ device: { name: "a" } }, { device: { name: "a" } })],
  ["ingress", mirror(vxlan, { direction: "Ingress" })],
  ["egress", mirror(vxlan, { direction: "Egress" })],
  ["no selector, which selects nothing", select({})],
  ["all Namespaces", select({ namespaceSelector: {} })],
  [
    "labels",
    select({
      podSelector: { matchLabels: { "app.kubernetes.io/name": "web", tier: "" } },
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "prod" } },
    }),
  ],
  ["In", select(expression("app", "In", ["web", "db"]))],
  ["NotIn", select(expression("a.b/c", "NotIn", ["web"]))],
  ["Exists", select(expression("app", "Exists"))],
  ["DoesNotExist", select(expression("app", "DoesNotExist", []))],
];

/** Specs that only Sluice refuses, because a CRD cannot express the rule or the server drops the value. */
export const ONLY_OURS: readonly (readonly [string, Spec])[] = [
  ["a label's key that is none", select({ podSelector: { matchLabels: { "a b": "c" } } })],
  ["a field that is null, which it drops", mirror({ gre: { ...ip, key: null } })],
  ["a key with a long prefix", select(expression(`${"a".repeat(254)}/b`, "Exists"))],
];
