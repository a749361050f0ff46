/** The Kubernetes objects that we read, checked and typed, whatever source they come from. @module */
import type { Kind, ObjectKey, Problem, TargetKind } from "./api.ts";
import type { Registries } from "./control.ts";
import { checkTrafficControl } from "./traffic_control.ts";

/** apimachinery's LabelSelector. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
    readonly values?: readonly string[];
  }[];
}

/** One key of the `targetPort` or `returnPort` union, with its value. */
export interface TargetSpec {
  readonly kind: TargetKind;
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface TrafficControl {
  readonly name: string;
  /** RFC 3339; absent in files. */
  readonly creationTimestamp?: string;
  readonly generation?: number;
  readonly appliedTo: {
    readonly podSelector?: LabelSelector;
    readonly namespaceSelector?: LabelSelector;
  };
  readonly direction: "Ingress" | "Egress" | "Both";
  readonly action: string;
  readonly targetPort?: TargetSpec;
  readonly returnPort?: TargetSpec;
}

export interface PodObject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Absent in files, where it means this node. */
  readonly nodeName?: string;
  readonly hostNetwork: boolean;
  readonly phase?: string;
  /** `status.podIPs`. */
  readonly ips: readonly string[];
}

export interface NamespaceObject {
  readonly name: string;
  /** With `kubernetes.io/metadata.name`, always. */
  readonly labels: Readonly<Record<string, string>>;
}

export type ParsedObject =
  & { readonly key: ObjectKey }
  & (
    | { readonly kind: "TrafficControl"; readonly object: TrafficControl }
    | { readonly kind: "Pod"; readonly object: PodObject }
    | { readonly kind: "Namespace"; readonly object: NamespaceObject }
  );

export interface RefusedObject {
  /** Absent when not even a name could be read. */
  readonly key?: ObjectKey;
  /** Paths are JSON pointers from the object's root. */
  readonly problems: readonly Problem[];
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const fields = (value: unknown): Fields => isFields(value) ? value : {};
const text = (value: unknown) => typeof value === "string" && value !== "" ? value : undefined;

/** RFC 1123: what Kubernetes takes as the name of an object. */
export const DNS_SUBDOMAIN =
  /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
export const METADATA_NAME_LABEL = "kubernetes.io/metadata.name";
const DEFAULT_NAMESPACE = "default";

const API_VERSIONS: Readonly<Record<Kind, string>> = {
  TrafficControl: "crd.antrea.io/v1alpha2",
  Pod: "v1",
  Namespace: "v1",
};
export const KINDS = Object.keys(API_VERSIONS) as Kind[];

/** Never throws: what is wrong is a list of problems. */
export function parseObject(
  kind: Kind,
  raw: unknown,
  registries: Registries,
): ParsedObject | RefusedObject {
  const object = fields(raw);
  const metadata = fields(object.metadata);
  const name = text(metadata.name);
  const problems = [...checkHead(kind, object), ...checkMetadata(metadata)];
  if (name === undefined) return { problems };
  const namespace = text(metadata.namespace) ?? DEFAULT_NAMESPACE;
  const key = kind === "Pod" ? { namespace, name } : { name };
  if (kind === "TrafficControl") problems.push(...checkTrafficControl(object, registries));
  if (problems.length > 0) return { key, problems };
  if (kind === "Pod") return { kind, key, object: readPod(object, { namespace, name }) };
  if (kind === "Namespace") return { kind, key, object: readNamespace(name, metadata) };
  return { kind, key, object: readTrafficControl(object, name) };
}

function checkHead(kind: Kind, { apiVersion, kind: given }: Fields): Problem[] {
  const wanted = API_VERSIONS[kind];
  return [
    ...(given === kind || given === undefined
      ? []
      : [{ path: "/kind", message: `must be ${kind}` }]),
    ...(apiVersion === wanted || (apiVersion === undefined && kind !== "TrafficControl")
      ? []
      : [{ path: "/apiVersion", message: `must be ${wanted}` }]),
  ];
}

function checkMetadata(metadata: Fields): Problem[] {
  const { name } = metadata;
  const problems: Problem[] = [];
  if (name === undefined) problems.push({ path: "/metadata/name", message: "is required" });
  else if (typeof name !== "string" || !DNS_SUBDOMAIN.test(name)) {
    problems.push({
      path: "/metadata/name",
      message: "must be a DNS name: lower case letters, digits, - and ., at most 253",
    });
  }
  for (const map of ["labels", "annotations"]) problems.push(...checkStrings(map, metadata[map]));
  const created = metadata.creationTimestamp;
  if (created !== undefined && created !== null && Number.isNaN(Date.parse(String(created)))) {
    problems.push({
      path: "/metadata/creationTimestamp",
      message: "must be a time, as in RFC 3339",
    });
  }
  return problems;
}

function checkStrings(map: string, given: unknown): Problem[] {
  if (given === undefined || given === null) return [];
  if (!isFields(given)) return [{ path: `/metadata/${map}`, message: "must be a map of strings" }];
  return Object.entries(given).filter(([, value]) => typeof value !== "string").map(([key]) => ({
    path: `/metadata/${map}/${escapePointer(key)}`,
    message: "must be a string: quote it",
  }));
}

/** RFC 6901 section 3. */
export function escapePointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

function strings(value: unknown): Readonly<Record<string, string>> {
  return fields(value) as Record<string, string>;
}

function readPod(object: Fields, key: { namespace: string; name: string }): PodObject {
  const [metadata, spec, status] = [
    fields(object.metadata),
    fields(object.spec),
    fields(object.status),
  ];
  const nodeName = text(spec.nodeName);
  const phase = text(status.phase);
  const podIPs = Array.isArray(status.podIPs) ? status.podIPs : [{ ip: status.podIP }];
  return {
    ...key,
    uid: text(metadata.uid) ?? `${key.namespace}/${key.name}`,
    labels: strings(metadata.labels),
    annotations: strings(metadata.annotations),
    ...(nodeName !== undefined && { nodeName }),
    hostNetwork: spec.hostNetwork === true,
    ...(phase !== undefined && { phase }),
    ips: podIPs.map((each) => text(fields(each).ip)).filter((ip) => ip !== undefined),
  };
}

function readNamespace(name: string, metadata: Fields): NamespaceObject {
  return { name, labels: { ...strings(metadata.labels), [METADATA_NAME_LABEL]: name } };
}

function readTrafficControl(object: Fields, name: string): TrafficControl {
  const [metadata, spec] = [fields(object.metadata), fields(object.spec)];
  const creationTimestamp = text(metadata.creationTimestamp);
  const target = readTarget(spec.targetPort);
  const returned = readTarget(spec.returnPort);
  return {
    name,
    ...(creationTimestamp !== undefined && { creationTimestamp }),
    ...(typeof metadata.generation === "number" && { generation: metadata.generation }),
    appliedTo: spec.appliedTo as TrafficControl["appliedTo"],
    direction: spec.direction as TrafficControl["direction"],
    action: spec.action as string,
    ...(target && { targetPort: target }),
    ...(returned && { returnPort: returned }),
  };
}

function readTarget(union: unknown): TargetSpec | undefined {
  const [entry] = Object.entries(fields(union));
  return entry && { kind: entry[0], spec: fields(entry[1]) };
}
