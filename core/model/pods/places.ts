/**
 * Where resolvers find a Pod, and how much that weighs. Each resolver is asked without the Pod's annotations first: what
 * it finds then is the CNI's word. What it finds only by annotations is a claim of whoever wrote them. Pure.
 * @module
 */
import { foreign } from "../../base/foreign_text.ts";
import { asWarning, type Condition, condition } from "../../contracts/condition.ts";
import { interfaceType } from "../../contracts/interface_types.ts";
import type { Attachment, Pod, Resolver } from "../../contracts/mod.ts";
import { OWN_ANNOTATIONS } from "../../objects/names.ts";
import { type PodKey, podKey, type PodObject } from "../../objects/types.ts";
import type { BridgePorts } from "../ports/bridge_ports.ts";
import { RANK, type Rank } from "./claims.ts";

/** A port of a Pod, with the rank of what is said of it. */
export interface Place extends Attachment {
  readonly ranks: { readonly port: Rank; readonly macs: Rank; readonly ips: Rank };
  /** When the Pod's annotations were changed so that they say this. Absent: they did when the Pod was seen first. */
  readonly since?: string;
  /** Those of its MACs that another port of the bridge has itself, as the node's own ports do: by MAC, that port. */
  readonly taken?: ReadonlyMap<string, string>;
}

export interface Found {
  readonly places: readonly Place[];
  readonly conditions: readonly Condition[];
  /** A resolver threw where it might have found a port by the CNI's word. */
  readonly failed: boolean;
}

/** What finds ports, and what is around them. */
export interface PlaceContext {
  /** In the order in which they are asked. */
  readonly resolvers: readonly Resolver[];
  /** For each key of `external_ids` by which a CNI marks ports of Pods: the name of its resolver. */
  readonly marks: ReadonlyMap<string, string>;
  readonly ports: BridgePorts<PodKey>;
  readonly isBridge: (name: string) => boolean;
}

type Answer = { readonly resolver: Resolver; readonly attachments: readonly Attachment[] };

/** The ports that the first resolver finds by the CNI's word; if none does, those that the Pod may claim. */
export function findPlaces(pod: PodObject, around: PlaceContext): Found {
  const failures = new Map<string, Condition>();
  const ask = (resolver: Resolver, annotations: Pod["annotations"]): readonly Attachment[] => {
    try {
      return resolver.resolve({ ...pod, annotations }, around.ports);
    } catch (error) {
      const message = `Resolver "${resolver.name}": ${(error as Error).message}`;
      failures.set(message, condition("ResolverFailed", message));
      return [];
    }
  };
  const first = (annotationsFor: (resolver: Resolver) => Pod["annotations"]) => {
    for (const resolver of around.resolvers) {
      const attachments = ask(resolver, annotationsFor(resolver));
      if (attachments.length > 0) return { resolver, attachments };
    }
  };
  const word = first((resolver) => trusted(pod, resolver));
  const failed = failures.size > 0;
  const read = annotationsThatCount(pod);
  const claim = word
    ? { resolver: word.resolver, attachments: ask(word.resolver, read) }
    : first(() => read);
  const { places, conditions } = merged(pod, { word, claim, around });
  const all = [...failures.values(), ...conditions, ...ignored(pod)];
  return { places, failed, conditions: places.length > 0 ? all.map(asWarning) : all };
}

/** The annotations of the Pod that are as good as the CNI's word for this resolver. */
function trusted({ annotations }: PodObject, resolver: Resolver): Pod["annotations"] {
  const entries = (resolver.trustedAnnotations ?? []).filter((key) =>
    Object.hasOwn(annotations, key)
  ).map((key) => [key, annotations[key]!] as const);
  return Object.fromEntries(entries);
}

/** Annotations of Sluice are for whoever decides where Pods are. A tenant is not among them. */
function annotationsThatCount({ annotations, isTenants }: PodObject): Pod["annotations"] {
  if (!isTenants) return annotations;
  return Object.fromEntries(
    Object.entries(annotations).filter(([key]) => !key.startsWith(OWN_ANNOTATIONS)),
  );
}

/** How a Pod gets its annotations to count. */
export const TRUST =
  "name the Pod's source in --trust-annotations, if only trusted users write its Pods";

function ignored(pod: PodObject): Condition[] {
  const keys = Object.keys(pod.annotations).filter((key) => key.startsWith(OWN_ANNOTATIONS)).sort();
  if (!pod.isTenants || keys.length === 0) return [];
  const message = `Annotations of Pod "${podKey(pod)}" do not count: ${foreign(keys.join(", "))}`;
  return [condition("ClaimRefused", message, TRUST)];
}

function merged(pod: PodObject, { word, claim, around }: {
  readonly word: Answer | undefined;
  readonly claim: Answer | undefined;
  readonly around: PlaceContext;
}): Pick<Found, "places" | "conditions"> {
  const claimed = claim?.attachments ?? [];
  const sure = (word?.attachments ?? []).map((each) =>
    withAddresses(each, claimed.find(({ port }) => port === each.port))
  );
  const ports = new Set(sure.map(({ port }) => port));
  const extra = claimed.filter(({ port }) => !ports.has(port));
  const refusals = extra.map(({ port }) => claimRefusal(pod, { port, claim: claim!, around }));
  return {
    places: [
      ...sure,
      ...extra.filter((_, index) => !refusals[index]).map(asClaim),
    ],
    conditions: refusals.filter((each) => each !== undefined),
  };
}

/** A port by the CNI's word. Of its addresses, those count that the CNI knows, and otherwise those of annotations. */
function withAddresses(word: Attachment, claim: Attachment | undefined): Place {
  const ranks = { port: RANK.cni, macs: RANK.cni, ips: RANK.cni } as const;
  if (!claim) return { ...word, ranks };
  const saysMACs = word.macs.length === 0 && claim.macs.length > 0;
  // Where the MAC tells the Pod's packets, the CNI's addresses are those of the Pod, not those of this port.
  const isBetter = word.match === "mac" || word.ips.length === 0;
  const saysIPs = isBetter && claim.ips.join() !== word.ips.join();
  return {
    ...word,
    ...(saysMACs && { macs: claim.macs }),
    ...(saysIPs && { ips: claim.ips }),
    ranks: {
      ...ranks,
      ...(saysMACs && { macs: RANK.annotationAtOwnPort }),
      ...(saysIPs && { ips: RANK.annotationAtOwnPort }),
    },
  };
}

function asClaim(attachment: Attachment): Place {
  const rank = RANK.annotation;
  return { ...attachment, ranks: { port: rank, macs: rank, ips: rank } };
}

/** Why the Pod cannot claim the port by an annotation; nothing if it can. */
function claimRefusal(pod: PodObject, { port: name, claim, around }: {
  readonly port: string;
  readonly claim: Answer;
  readonly around: PlaceContext;
}): Condition | undefined {
  const refused = (state: string, cure?: string) =>
    condition(
      "ClaimRefused",
      `Annotations of Pod "${podKey(pod)}" name port ${foreign(name)}, ${state}`,
      cure,
    );
  if (pod.isTenants) return refused("which does not count", TRUST);
  const port = around.ports.named(name);
  if (around.isBridge(name)) return refused("which is a bridge's own", "name the Pod's port");
  if (!port) return undefined;
  if (port.ours) return refused("which is Sluice's own", "name the Pod's port");
  if (interfaceType(port.type).isVirtual) {
    return refused(`which is a ${port.type} port`, "name the Pod's port");
  }
  const mark = Object.keys(port.external_ids).find((key) =>
    (around.marks.get(key) ?? claim.resolver.name) !== claim.resolver.name
  );
  if (mark === undefined) return undefined;
  return refused(
    `which a CNI has marked as its own (external_ids:${mark})`,
    "name another port, or let the CNI's resolver find the Pod",
  );
}
