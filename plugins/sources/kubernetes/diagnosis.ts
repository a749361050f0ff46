/** The checks of `sluice doctor` for the API server: whether it answers, and has what the agent needs. @module */
import type { Diagnosis } from "../../../core/api.ts";
import { ApiError, SilentServerError } from "./api_errors.ts";
import { ApiServer } from "./api_server.ts";
import { lookAtFields } from "./known_fields.ts";
import { orRefusal } from "./refusal.ts";
import { lookAtRights } from "./rights.ts";

const [UNAUTHORIZED, FORBIDDEN, NOT_FOUND] = [401, 403, 404];
const TOO_LATE = "Cannot ask the API server: no answer in time";

export interface DiagnosisOptions {
  readonly kubeconfig: string | undefined;
  readonly node: string;
  /** The Namespace of the Lease. */
  readonly namespace: string;
  /** By field of a TrafficControl, the annotation with the same meaning. */
  readonly annotations: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
}
type Asking = DiagnosisOptions & { readonly server: ApiServer };

/** Reads from the API server, and asks which rights the credentials give. It changes nothing. */
export async function diagnose(options: DiagnosisOptions): Promise<readonly Diagnosis[]> {
  const begun = performance.now();
  try {
    using server = await ApiServer.from(options.kubeconfig);
    return await lookAtServer({ ...options, server });
  } catch (error) {
    const { signal } = options;
    const waited = performance.now() - begun;
    return [
      unreachable(signal.aborted ? new SilentServerError(TOO_LATE, waited) : error as Error),
    ];
  }
}

async function lookAtServer(asking: Asking): Promise<readonly Diagnosis[]> {
  // No other request runs at the same time: it would delay the answer, by which the clocks are compared
  const version = await orRefusal("api-server", lookAtVersion(asking));
  const found = await Promise.all([
    ...KINDS.map((kind) => orRefusal("api-kinds", lookAtKind(kind, asking))),
    orRefusal("api-fields", lookAtFields(asking.annotations, asking)),
    orRefusal("api-node", lookAtNode(asking)),
    lookAtRights(asking),
  ]);
  return [...version, ...found.flat()];
}

async function lookAtVersion({ server, signal }: Asking): Promise<readonly Diagnosis[]> {
  const before = Date.now();
  const answer = await server.request("/version", { signal });
  const between = { before, after: Date.now() };
  const { gitVersion } = await answer.json();
  const message = `The API server at "${server.url}" answers: ${gitVersion}`;
  return [
    { check: "api-server", level: "ok", message },
    lookAtClock(Date.parse(answer.headers.get("date") ?? ""), between),
  ];
}

function unreachable(error: Error): Diagnosis {
  const isStranger = error instanceof ApiError && error.status === UNAUTHORIZED;
  return {
    check: "api-server",
    level: "problem",
    message: error.message,
    cure: isStranger
      ? "give credentials that the API server knows, with --kubeconfig"
      : "see that the API server runs and that its address is right, or name another with --kubeconfig",
  };
}

/** How many milliseconds two clocks may differ, and what happens if they differ more. */
const CLOCKS = [
  {
    most: 300_000,
    level: "problem",
    effect: "certificates and tokens that are new there are not valid here yet, or are no more",
  },
  { most: 5000, level: "warning", effect: "logs and Events of nodes do not come in their order" },
] as const;
/** The `date` header has whole seconds (RFC 9110 section 5.6.7), so that it is half a second late on average. */
const HALF_SECOND = 500;

/**
 * Compares the clocks of the node and of the server.
 *
 * @param now Time of the server, in milliseconds since 1970.
 * @param between When the node sent the request, and when it had the answer, by its own clock.
 */
export function lookAtClock(
  now: number,
  { before, after }: { readonly before: number; readonly after: number },
): Diagnosis {
  const check = "api-clock";
  if (Number.isNaN(now)) {
    return { check, level: "ok", message: "The API server does not tell its time" };
  }
  const ahead = Math.round((before + after) / 2 - now - HALF_SECOND);
  const uncertain = (after - before) / 2 + HALF_SECOND;
  const found = CLOCKS.find(({ most }) => Math.abs(ahead) - uncertain > most);
  if (!found) return { check, level: "ok", message: "The node's clock is the API server's" };
  const seconds = Math.round(Math.abs(ahead) / 1000);
  return {
    check,
    level: found.level,
    message: `The node's clock is ${seconds} s ${ahead > 0 ? "ahead of" : "behind"} the API ` +
      `server's: ${found.effect}`,
    cure: "keep both right by NTP (chrony, systemd-timesyncd)",
  };
}

interface ServedKind {
  /** API group and version. */
  readonly api: string;
  readonly resource: string;
  readonly level: "warning" | "problem";
  readonly effect: string;
}

const KINDS: readonly ServedKind[] = [
  {
    api: "crd.antrea.io/v1alpha2",
    resource: "trafficcontrols",
    level: "problem",
    effect: "there is nothing to realize",
  },
  {
    api: "sluice.dev/v1alpha1",
    resource: "trafficcontrolnodestatuses",
    level: "warning",
    effect: "nobody is told what has become of TrafficControls",
  },
];

async function lookAtKind(
  { api, resource, level, effect }: ServedKind,
  { server, signal }: Asking,
): Promise<readonly Diagnosis[]> {
  const check = "api-kinds";
  const served = await getIfThere(server, `/apis/${api}`, signal);
  const names: readonly string[] = (served?.resources ?? []).map((
    { name }: { readonly name: string },
  ) => name);
  if (names.includes(resource)) {
    return [{ check, level: "ok", message: `"${resource}" of ${api} are there` }];
  }
  return [{
    check,
    level,
    message: `The API server does not know "${resource}" of ${api}: ${effect}`,
    cure: 'run "sluice crd | kubectl apply --server-side -f -"',
  }];
}

async function lookAtNode(
  { server, node, signal }: Asking,
): Promise<readonly Diagnosis[]> {
  const check = "api-node";
  try {
    if (await getIfThere(server, `/api/v1/nodes/${node}`, signal)) {
      return [{ check, level: "ok", message: `Node "${node}" is there` }];
    }
  } catch (error) {
    if (error instanceof ApiError && error.status === FORBIDDEN) return []; // `api-rights` reports it
    throw error;
  }
  return [{
    check,
    level: "problem",
    message: `The API server has no Node "${node}": no Pod can be on it`,
    cure: "give --node the name that kubectl get nodes shows",
  }];
}

/** @returns The object, or `undefined` if the server has none there. */
// deno-lint-ignore no-explicit-any -- an object of Kubernetes, whose fields the caller reads
async function getIfThere(server: ApiServer, path: string, signal: AbortSignal): Promise<any> {
  try {
    return await server.json(path, { signal });
  } catch (error) {
    if (error instanceof ApiError && error.status === NOT_FOUND) return undefined;
    throw error;
  }
}
