/**
 * Translates treatments of action files that were written before there were copies and hops. Such files still work.
 * @module
 */
import type { Action, Treatment } from "../contracts/mod.ts";
import { isFields } from "../objects/validate.ts";

/**
 * Fields of the earlier form. A treatment with fields of both forms is not translated, so the conformance suite refuses
 * it.
 */
const EARLIER_FIELDS = ["mirrors", "redirect"];
/** Fields of today's form. */
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

/** A copy to each mirror. A value that is not a list stays as it is, so that the conformance suite refuses it. */
function copiesTo(mirrors: unknown): unknown {
  return Array.isArray(mirrors) ? mirrors.map((port) => ({ to: [port] })) : mirrors;
}

/** The action, with treatments in today's form, whichever form its file uses. */
export function withTodaysTreatments(action: Action): Action {
  return { ...action, treat: (ports) => translate(action.treat(ports)) as Treatment };
}
