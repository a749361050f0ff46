/** From what a client asks for to what the model is asked for: a copy of packets, as a TrafficControl asks for one. Pure. @module */
import type { Registries } from "../contracts/registry.ts";
import type { PortRef, Scope } from "../contracts/mod.ts";
import type { CaptureSession } from "../model/captured.ts";
import { captureName } from "../model/flows/captures.ts";
import type { Model } from "../model/model.ts";
import { unsupported } from "../model/refusals/unsupported.ts";
import { parseObject } from "../objects/parse.ts";
import type { Control, PodKey } from "../objects/types.ts";
import { sentence } from "../contracts/condition.ts";
import { foreign } from "../base/foreign_text.ts";
import { CaptureRefused, type CaptureRequest, STATUS, targetText } from "./request.ts";

/** Fields of a mirror's scope that say where copies go, and how many of them: a session has its own port and cap. */
const NOT_OF_PACKETS = ["rateLimit", "balanceBy"];

/** The scope of a treatment, as far as it says which packets it is about, and how much of each. */
function scopeOf({ treatment: { copies = [], hops = [] } }: Control): Scope {
  const [copy] = copies;
  if (!copy) {
    const { rules } = hops[0]?.scope ?? {};
    return rules === undefined ? {} : { rules };
  }
  const fields = Object.entries(copy.scope ?? {});
  return Object.fromEntries(fields.filter(([field]) => !NOT_OF_PACKETS.includes(field)));
}

/** A mirror with these fields, as an object of a source has them: so the same checks hold. */
const mirrorWith = (fields: object) => ({
  apiVersion: "crd.antrea.io/v1alpha2",
  kind: "TrafficControl",
  metadata: { name: "capture" },
  spec: {
    appliedTo: {},
    direction: "Both",
    action: "Mirror",
    targetPort: { ovsInternal: { name: "capture" } },
    ...fields,
  },
});

/** @throws {CaptureRefused} If the rules are wrong. */
function compiled(fields: object, registries: Registries): Control {
  const parsed = parseObject("TrafficControl", mirrorWith(fields), registries);
  if (!("problems" in parsed) && parsed.kind === "TrafficControl") return parsed.control;
  const problems = "problems" in parsed ? parsed.problems : [];
  const lines = problems.map(({ path, message }) => `${path.replace(/^\/spec\//, "")}: ${message}`);
  throw new CaptureRefused(
    STATUS.badRequest,
    `Cannot capture with these rules: ${lines.join("; ")}`,
  );
}

const refusal = (status: number, request: CaptureRequest, state: string) =>
  new CaptureRefused(
    status,
    `Cannot capture ${foreign(targetText(request.target))}: ${state}`,
  );

interface Asked {
  readonly control: Control;
  readonly scope: Scope;
  readonly selects: (pod: PodKey) => boolean;
}

function ofPod(request: CaptureRequest, pod: PodKey, { model, registries }: Context): Asked {
  if (!model.pods.get(pod)) {
    throw refusal(STATUS.notFound, request, "no such Pod is on this node");
  }
  if (!model.pods.hasPort(pod)) {
    throw refusal(STATUS.conflict, request, "it has no port on the bridge, or none that is known");
  }
  const { rules } = request;
  const control = compiled(rules === undefined ? { nonIP: true } : { rules }, registries);
  return { control, scope: scopeOf(control), selects: (each) => each === pod };
}

function ofControl(request: CaptureRequest, name: string, { model, registries }: Context): Asked {
  const control = model.controls.get(name);
  if (!control) {
    throw refusal(STATUS.notFound, request, "this node has no such TrafficControl");
  }
  if (!model.readiness.acting(control)) {
    throw refusal(STATUS.conflict, request, "it does nothing here now: sluice status says why");
  }
  const selects = (pod: PodKey) =>
    model.selection.controlsOf(pod).has(name) &&
    model.treatedPod(pod)?.superseded.has(name) !== true;
  const scope = scopeOf(control);
  if (request.rules === undefined) return { control, scope, selects };
  if (scope.rules !== undefined) {
    throw refusal(STATUS.conflict, request, "it has rules of its own, so it can be given no other");
  }
  const { rules } = scopeOf(compiled({ rules: request.rules }, registries));
  return { control, scope: { ...scope, rules }, selects };
}

interface Context {
  readonly model: Model;
  readonly registries: Registries;
  /** The place of the session. */
  readonly place: number;
}

/** What one bridge is asked for. @throws {CaptureRefused} If it cannot be done there. */
export function askedOf(request: CaptureRequest, context: Context): CaptureSession {
  const { target } = request;
  const { model, place } = context;
  const { control, scope, selects } = "pod" in target
    ? ofPod(request, target.pod, context)
    : ofControl(request, target.control, context);
  const isThere = (pod: PodKey) => selects(pod) && model.pods.hasPort(pod);
  if (![...model.pods.keys()].some(isThere)) {
    throw refusal(STATUS.conflict, request, "none of its Pods has a port on the bridge");
  }
  const name = captureName(place);
  const copy = { to: [name as PortRef], ...(Object.keys(scope).length > 0 && { scope }) };
  const treatment = { copies: [copy] };
  const why = unsupported(treatment, model.pipeline);
  if (why) throw refusal(STATUS.conflict, request, sentence(why));
  const { age, priority, rank, object, directions } = control;
  const made = { name, age, priority, rank, object, directions, ports: [], conditions: [] };
  return { control: { ...made, treatment }, selects };
}
