/** The check of `sluice doctor` for fields of TrafficControls that the API server drops, as its CRD has none of that name. @module */
import type { Diagnosis } from "../../../core/api.ts";
import { ApiError } from "./api_errors.ts";
import type { ApiServer } from "./api_server.ts";

const NOT_FOUND = 404;
const KIND = { group: "crd.antrea.io", version: "v1alpha2", kind: "TrafficControl" } as const;
/** Kubernetes documentation, "The Kubernetes API", OpenAPI V3. Every user may read it. */
const SCHEMAS = `/openapi/v3/apis/${KIND.group}/${KIND.version}`;
const check = "api-fields";

/** The part of a schema that is read here. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly "x-kubernetes-group-version-kind"?: readonly (typeof KIND)[];
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
}

/**
 * Asks for the schema of TrafficControls. If there is none, another check says so.
 *
 * @param annotations By field of `spec`, the annotation with the same meaning.
 */
export async function lookAtFields(
  annotations: ReadonlyMap<string, string>,
  { server, signal }: { readonly server: ApiServer; readonly signal: AbortSignal },
): Promise<readonly Diagnosis[]> {
  const spec = await specOf(server, signal);
  if (!spec) return [];
  const isKept = (field: string) =>
    spec["x-kubernetes-preserve-unknown-fields"] === true || field in (spec.properties ?? {});
  const dropped = [...annotations.keys()].filter((field) => !isKept(field)).sort();
  const [first] = dropped;
  if (first === undefined) {
    return [{ check, level: "ok", message: "The API server keeps all fields of TrafficControls" }];
  }
  return [{
    check,
    level: "warning",
    message: `The API server drops these fields of TrafficControls, as its CRD has none of them: ${
      dropped.join(", ")
    }`,
    cure: `write annotations in their place, such as ${annotations.get(first)}: they are kept`,
  }];
}

async function specOf(server: ApiServer, signal: AbortSignal): Promise<Schema | undefined> {
  try {
    const { components } = await server.json(SCHEMAS, { signal });
    const schemas: readonly Schema[] = Object.values(components?.schemas ?? {});
    return schemas.find((schema) => schema["x-kubernetes-group-version-kind"]?.some(isKind))
      ?.properties?.spec;
  } catch (error) {
    if (error instanceof ApiError && error.status === NOT_FOUND) return undefined;
    throw error;
  }
}

const isKind = ({ group, version, kind }: typeof KIND) =>
  group === KIND.group && version === KIND.version && kind === KIND.kind;
