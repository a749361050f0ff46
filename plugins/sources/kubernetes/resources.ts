/** What is read of the API server, and what is kept of each object: the rest would only cost memory. @module */
import { type Kind, OWN_ANNOTATIONS } from "../../../core/api.ts";
import type { KubeObject, Resource } from "./list_watch.ts";

/** A copy of the whole spec, which nobody needs. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

// deno-lint-ignore no-explicit-any -- as the API server has them: core/objects/parse.ts checks what is read
type Raw = any;

/** The fields of these names that are there. */
function pick(from: Raw, ...names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.filter((name) => from?.[name] !== undefined).map((name) => [name, from[name]]),
  );
}

function slimPod({ metadata, spec, status }: Raw): object {
  const { [LAST_APPLIED]: _, ...annotations } = metadata.annotations ?? {};
  return {
    metadata: { ...pick(metadata, "namespace", "name", "uid", "labels"), annotations },
    spec: pick(spec, "nodeName", "hostNetwork"),
    status: pick(status, "phase", "podIPs"),
  };
}

/** Options: the annotations that are there if Antrea's CRD has no field for them. */
function ownAnnotations({ annotations = {} }: Raw): object {
  const own = Object.keys(annotations).filter((key) => key.startsWith(OWN_ANNOTATIONS));
  return own.length > 0 ? { annotations: pick(annotations, ...own) } : {};
}

function slimTrafficControl({ apiVersion, kind, metadata, spec, status }: Raw): object {
  return {
    apiVersion: apiVersion ?? TRAFFIC_CONTROL.apiVersion, // lists may leave both out
    kind: kind ?? TRAFFIC_CONTROL.kind,
    metadata: {
      ...pick(metadata, "name", "uid", "generation", "creationTimestamp"),
      ...ownAnnotations(metadata),
    },
    spec,
    ...(status && { status }),
  };
}

const TRAFFIC_CONTROL = { apiVersion: "crd.antrea.io/v1alpha2", kind: "TrafficControl" } as const;
export const TRAFFIC_CONTROLS = "/apis/crd.antrea.io/v1alpha2/trafficcontrols";

export function resourceOf(kind: Kind, node: string): Resource {
  const resources: Readonly<Record<Kind, Resource>> = {
    TrafficControl: { path: TRAFFIC_CONTROLS, slim: slimTrafficControl },
    Namespace: {
      path: "/api/v1/namespaces",
      slim: ({ metadata }: KubeObject) => ({ metadata: pick(metadata, "name", "uid", "labels") }),
    },
    Pod: {
      path: "/api/v1/pods",
      query: { fieldSelector: `spec.nodeName=${node}` },
      slim: slimPod,
    },
  };
  return resources[kind];
}
