/** Treatments as action files wrote them before there were copies and hops: such files go on as they are. @module */
import type { Action, Treatment } from "../contracts/mod.ts";
import { isFields } from "../objects/validate.ts";

/** Fields that one form has and the other has not; with fields of both a treatment has neither form. */
const EARLIER_FIELDS = ["mirrors", "redirect"];
const FIELDS = ["copies", "hops"];

/** The treatment in today's form: a copy to each mirror, and one hop through the redirect's pair. */
function translate(treatment: unknown): unknown {
  if (!isFields(treatment)) return treatment;
  const isEarlier = EARLIER_FIELDS.some((field) => field in treatment) &&
    !FIELDS.some((field) => field in treatment);
  if (!isEarlier) return treatment;
  const { mirrors, redirect, ...others } = treatment;
  return {
    ...others,
    ...(mirrors !== undefined && { copies: copiesTo(mirrors) }),
    ...(redirect !== undefined && { hops: [{ pairs: [redirect] }] }),
  };
}

/** What is no list is left for the conformance suite to name. */
function copiesTo(mirrors: unknown): unknown {
  return Array.isArray(mirrors) ? mirrors.map((port) => ({ to: [port] })) : mirrors;
}

/** The same action, whose treatments have today's form, whichever form its file writes. */
export function withTodaysTreatments(action: Action): Action {
  return { ...action, treat: (ports) => translate(action.treat(ports)) as Treatment };
}
