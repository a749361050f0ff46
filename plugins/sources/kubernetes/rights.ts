/** A table of the rights that the agent's ServiceAccount must have, and the check that it has them. @module */
import type { Diagnosis } from "../../../core/api.ts";
import type { ApiServer } from "./api_server.ts";
import { NAME as LEASE } from "./lease.ts";
import { orRefusal } from "./refusal.ts";

/** Verbs on a resource: Kubernetes documentation, "Authorization", request attributes. */
export interface Right {
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Name of the object, if the right is for one object only. */
  readonly name?: string;
  /** If it is absent, the right is for all Namespaces, or for a cluster-scoped resource. */
  readonly namespace?: string;
  readonly verbs: readonly string[];
  /** What does not work without this right. */
  readonly purpose: string;
  /** The right is only needed to report a state. Mirrors and redirects work without it. */
  readonly feedback?: true;
}

const OBJECTS = "objects are not seen";
const NODE_STATUS = "the node's status is not told";
const SUMMARY = "the status of TrafficControls is not told";

/** @param namespace The Namespace of the Lease. */
export function rightsOf(namespace: string): readonly Right[] {
  const crd = { group: "crd.antrea.io", resource: "trafficcontrols" };
  const nodeStatuses = { group: "sluice.dev", resource: "trafficcontrolnodestatuses" };
  const leases = { group: "coordination.k8s.io", resource: "leases", namespace };
  const watched = { verbs: ["list", "watch"], purpose: OBJECTS };
  return [
    { ...crd, ...watched },
    { group: "", resource: "pods", ...watched },
    { group: "", resource: "namespaces", ...watched },
    { ...nodeStatuses, verbs: ["create", "patch"], purpose: NODE_STATUS, feedback: true },
    { group: "", resource: "nodes", verbs: ["get"], purpose: NODE_STATUS, feedback: true },
    { ...nodeStatuses, verbs: ["list", "watch"], purpose: SUMMARY, feedback: true },
    { ...crd, subresource: "status", verbs: ["patch"], purpose: SUMMARY, feedback: true },
    {
      ...leases,
      name: LEASE,
      verbs: ["get", "update"],
      purpose: SUMMARY,
      feedback: true,
    },
    { ...leases, verbs: ["create"], purpose: SUMMARY, feedback: true },
    {
      group: "",
      resource: "events",
      namespace: "default",
      verbs: ["create", "patch"],
      purpose: "Events are not written",
      feedback: true,
    },
  ];
}

const REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/** Asks whether the credentials allow a verb. The server answers such a review and stores nothing. */
async function isAllowed(server: ApiServer, right: Right, options: {
  readonly verb: string;
  readonly signal: AbortSignal;
}): Promise<boolean> {
  const { group, resource, subresource, name, namespace } = right;
  const { verb, signal } = options;
  const { status } = await server.json(REVIEWS, {
    method: "POST",
    signal,
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: { verb, group, resource, subresource, name, namespace } },
    },
  });
  return status.allowed === true;
}

/** The resource in the form of `kubectl auth can-i`. */
function nameOf({ group, resource, subresource, name, namespace }: Right): string {
  const kind = `${resource}${group && `.${group}`}`;
  const part = subresource === undefined ? "" : `/${subresource}`;
  const object = name === undefined ? "" : ` "${name}"`;
  const place = namespace === undefined ? "" : ` in Namespace "${namespace}"`;
  return `${kind}${part}${object}${place}`;
}

async function lookAtRight(
  server: ApiServer,
  right: Right,
  signal: AbortSignal,
): Promise<readonly Diagnosis[]> {
  const allowed = await Promise.all(
    right.verbs.map((verb) => isAllowed(server, right, { verb, signal })),
  );
  const missing = right.verbs.filter((_, index) => !allowed[index]);
  if (missing.length === 0) return [];
  return [{
    check: "api-rights",
    level: right.feedback ? "warning" : "problem",
    message: `With these credentials one may not ${missing.join(", ")} ${nameOf(right)}: ` +
      right.purpose,
    cure: "ask with the agent's own; if it is the same, bind a ClusterRole or Role to its " +
      "ServiceAccount that grants it",
  }];
}

/** Checks every right. `namespace` is the Namespace of the Lease. */
export async function lookAtRights({ server, namespace, signal }: {
  readonly server: ApiServer;
  readonly namespace: string;
  readonly signal: AbortSignal;
}): Promise<readonly Diagnosis[]> {
  const check = "api-rights";
  const found = await Promise.all(
    rightsOf(namespace).map((right) => orRefusal(check, lookAtRight(server, right, signal))),
  );
  const missing = new Map(found.flat().map((each) => [each.message, each])); // Equal refusals are reported once
  if (missing.size > 0) return [...missing.values()];
  return [{
    check,
    level: "ok",
    message: "With these credentials one may do all that the agent needs to",
  }];
}
