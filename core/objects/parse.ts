/** Checks Kubernetes objects, and turns them into typed ones, whichever source they come from. @module */
import type { Kind, ObjectKey, Problem } from "../contracts/mod.ts";
import { compileControl, effectOf } from "./compile.ts";
import type {
  AdditionalPort,
  Control,
  NamespaceObject,
  PodObject,
  TargetSpec,
  TrafficControl,
} from "./types.ts";
import type { Registries } from "../contracts/registry.ts";
import { PluginError } from "../base/errors.ts";
import { checkMetadata, checkRoot } from "./metadata.ts";
import { type Fields, fieldsOf } from "./validate.ts";
import { DEFAULT_NAMESPACE, METADATA_NAME_LABEL } from "./names.ts";
import { withoutNulls } from "./nulls.ts";
import { additionalPortsOf, type Entry } from "./additional_ports.ts";
import type { Remark } from "./forms.ts";
import { optionsOf } from "./options.ts";
import { periodProblems } from "./period.ts";
import { checkPod, podIPs } from "./pod.ts";
import { checkTrafficControl } from "./traffic_control.ts";

type TypedObject =
  | {
    readonly kind: "TrafficControl";
    readonly object: TrafficControl;
    /** What the model needs of the object. */
    readonly control: Control;
    /** Warnings about the object, with their places in it. */
    readonly remarks: readonly Remark[];
  }
  | { readonly kind: "Pod"; readonly object: PodObject }
  | { readonly kind: "Namespace"; readonly object: NamespaceObject };

/** An object that is right, with its type. */
export type ParsedObject = { readonly key: ObjectKey } & TypedObject;

/** An object that is not right. */
export interface RefusedObject {
  /** Absent if not even the name of the object could be read. */
  readonly key?: ObjectKey;
  /** Paths are JSON pointers from the object's root. */
  readonly problems: readonly Problem[];
  /** `PluginFailed` if the fault is that of a plugin; if absent, `Invalid`. */
  readonly reason?: "Invalid" | "PluginFailed";
}

const text = (value: unknown) => typeof value === "string" && value !== "" ? value : undefined;

const API_VERSIONS: Readonly<Record<Kind, string>> = {
  TrafficControl: "crd.antrea.io/v1alpha2",
  Pod: "v1",
  Namespace: "v1",
};

/** The kinds of objects that Sluice reads. */
export const KINDS = Object.keys(API_VERSIONS) as readonly Kind[];

/**
 * Checks one object, and calls the plugins that it names. If the object is wrong or a plugin of a file fails, it returns
 * problems and does not throw.
 *
 * @param kind The kind that the object must have.
 * @param raw The object as YAML, JSON or the API server gave it.
 */
export function parseObject(
  kind: Kind,
  raw: unknown,
  registries: Registries,
): ParsedObject | RefusedObject {
  const object = fieldsOf(withoutNulls(raw));
  const key = objectKey(kind, object);
  try {
    const problems = problemsOf(kind, object, registries);
    if (!key || problems.length > 0) return { ...(key && { key }), problems };
    const read = readObject({ kind, object, key, registries });
    const wrong = read.kind === "TrafficControl" ? timeProblems(read.object, registries) : [];
    return wrong.length > 0 ? { key, problems: wrong } : { key, ...read };
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    const problems = [{ path: "/spec", message: error.message }];
    return { ...(key && { key }), problems, reason: "PluginFailed" };
  }
}

function timeProblems(control: TrafficControl, registries: Registries): Problem[] {
  return periodProblems(effectOf(control, registries), control);
}

/** The key of an object, even if all else in it is wrong; nothing if its name cannot be read. */
export function objectKey(kind: Kind, raw: unknown): ObjectKey | undefined {
  const metadata = fieldsOf(fieldsOf(raw).metadata);
  const name = text(metadata.name);
  if (name === undefined) return undefined;
  return kind === "Pod"
    ? { namespace: text(metadata.namespace) ?? DEFAULT_NAMESPACE, name }
    : { name };
}

function problemsOf(kind: Kind, object: Fields, registries: Registries): Problem[] {
  return [
    ...checkHead(kind, object),
    ...checkMetadata(kind, object.metadata),
    ...(kind === "TrafficControl" ? checkTrafficControl(object, registries) : checkRoot(object)),
    ...(kind === "Pod" ? checkPod(object) : []),
  ];
}

function readObject({ kind, object, key, registries }: {
  readonly kind: Kind;
  readonly object: Fields;
  readonly key: ObjectKey;
  readonly registries: Registries;
}): TypedObject {
  const { namespace = DEFAULT_NAMESPACE, name } = key;
  if (kind === "Pod") return { kind, object: readPod(object, { namespace, name }) };
  if (kind === "Namespace") return { kind, object: readNamespace(name, fieldsOf(object.metadata)) };
  const [options, ports] = [optionsOf(object, registries), additionalPortsOf(object, registries)];
  const control = readTrafficControl(object, name, {
    options: options.values,
    additionalPorts: ports.entries.map(readAdditional),
  });
  const remarks = [...ports.remarks, ...options.remarks];
  const conditions = remarks.map(({ condition }) => condition);
  return {
    kind,
    object: control,
    control: compileControl(control, registries, conditions),
    remarks,
  };
}

/** Checks `kind` and `apiVersion`. Pods and Namespaces may lack both, as they do in lists of the API server. */
function checkHead(kind: Kind, { apiVersion, kind: given }: Fields): Problem[] {
  const wanted = API_VERSIONS[kind];
  const right = apiVersion === wanted || (apiVersion === undefined && kind !== "TrafficControl");
  return [
    ...(given === kind || given === undefined
      ? []
      : [{ path: "/kind", message: `must be ${kind}` }]),
    ...(right ? [] : [{ path: "/apiVersion", message: `must be ${wanted}` }]),
  ];
}

function strings(value: unknown): Readonly<Record<string, string>> {
  return fieldsOf(value) as Record<string, string>;
}

function readPod(object: Fields, key: { namespace: string; name: string }): PodObject {
  const [metadata, spec, status] = [
    fieldsOf(object.metadata),
    fieldsOf(object.spec),
    fieldsOf(object.status),
  ];
  const nodeName = text(spec.nodeName);
  const phase = text(status.phase);
  const creationTimestamp = text(metadata.creationTimestamp);
  return {
    ...key,
    uid: text(metadata.uid) ?? `${key.namespace}/${key.name}`,
    labels: strings(metadata.labels),
    annotations: strings(metadata.annotations),
    ...(creationTimestamp !== undefined && { creationTimestamp }),
    ...(nodeName !== undefined && { nodeName }),
    hostNetwork: spec.hostNetwork === true,
    ...(phase !== undefined && { phase }),
    ips: podIPs(status).map(({ ip }) => ip),
  };
}

function readNamespace(name: string, metadata: Fields): NamespaceObject {
  return { name, labels: { ...strings(metadata.labels), [METADATA_NAME_LABEL]: name } };
}

function readTrafficControl(
  object: Fields,
  name: string,
  { options = {}, additionalPorts = [] }: Pick<TrafficControl, "options" | "additionalPorts">,
): TrafficControl {
  const [metadata, spec] = [fieldsOf(object.metadata), fieldsOf(object.spec)];
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
    ...(additionalPorts.length > 0 && { additionalPorts }),
    ...(Object.keys(options).length > 0 && { options }),
  };
}

/** @param entry An entry that has been checked. */
function readAdditional({ name, targetPort, returnPort, weight = 1 }: Entry): AdditionalPort {
  const returned = readTarget(returnPort);
  return {
    name,
    targetPort: readTarget(targetPort)!,
    ...(returned && { returnPort: returned }),
    weight,
  };
}

function readTarget(union: unknown): TargetSpec | undefined {
  const [entry] = Object.entries(fieldsOf(union));
  return entry && { kind: entry[0], spec: fieldsOf(entry[1]) };
}
