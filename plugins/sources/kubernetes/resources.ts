/** Which resources of the API server are read, and which fields of an object are kept. The rest would only cost memory. @module */
import { type Kind, OWN_ANNOTATIONS } from "../../../core/api.ts";
import type { KubeObject, Resource } from "./list_watch.ts";

/** The annotation with a copy of the whole object, which Sluice does not need. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

// deno-lint-ignore no-explicit-any -- an object of the API server: core/objects/parse.ts checks it
type Raw = any;

/** Those of the named fields that are set. */
function pick(from: Raw, ...names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.filter((name) => from?.[name] !== undefined).map((name) => [name, from[name]]),
  );
}

function slimPod({ metadata, spec, status }: Raw): object {
  const { [LAST_APPLIED]: _, ...annotations } = metadata.annotations ?? {};
  return {
    metadata: {
      ...pick(metadata, "namespace", "name", "uid", "labels", "creationTimestamp"),
      annotations,
    },
    spec: pick(spec, "nodeName", "hostNetwork"),
    status: pick(status, "phase", "podIPs"),
  };
}

/** Options: the annotations that are there if Antrea's CRD has no field for them. */
function ownAnnotations({ annotations }: Raw): object {
  const own = Object.keys(annotations ?? {}).filter((key) => key.startsWith(OWN_ANNOTATIONS));
  return own.length > 0 ? { annotations: pick(annotations, ...own) } : {};
}

function slimTrafficControl({ apiVersion, kind, metadata, spec, status }: Raw): object {
  return {
    apiVersion: apiVersion ?? TRAFFIC_CONTROL.apiVersion, // Items of a list may have neither of the two
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
