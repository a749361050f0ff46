/** What a client asks a session of `sluice capture` for. @module */
import { SluiceError } from "../base/errors.ts";
import { foreign } from "../base/foreign_text.ts";
import { LIMITS } from "../base/limits.ts";
import type { PodKey } from "../objects/types.ts";

/** Why there is no session: the answer has this status. */
export class CaptureRefused extends SluiceError {
  override readonly name = "CaptureRefused";

  constructor(readonly status: number, message: string) {
    super(message);
  }
}

/** Statuses of HTTP: RFC 9110 section 15. */
export const STATUS = {
  badRequest: 400,
  notFound: 404,
  conflict: 409,
  tooMany: 429,
  unavailable: 503,
} as const;

/** A TrafficControl, or one Pod. */
export type CaptureTarget = { readonly control: string } | { readonly pod: PodKey };

export interface CaptureRequest {
  readonly target: CaptureTarget;
  /** As in `spec.rules`; not checked. */
  readonly rules?: unknown;
  /** After so many packets the session ends. */
  readonly count?: number;
  /** After so many milliseconds the session ends. */
  readonly duration: number;
  /** The most bytes of a packet that are kept. */
  readonly snapLength: number;
}

/** The shortest part of a packet that is worth to be kept: an Ethernet header. */
export const SHORTEST_SNAP = 14;
/** The longest packet that a message of OpenFlow can hold is shorter. */
export const WHOLE = 0xffff;

/** @throws {CaptureRefused} If it is neither `tc/NAME` nor `pod/NAMESPACE/NAME`. */
export function readTarget(text: string): CaptureTarget {
  const [kind, first, second, ...more] = text.split("/");
  if (kind === "tc" && first && second === undefined) return { control: first };
  if (kind === "pod" && first && second && more.length === 0) return { pod: `${first}/${second}` };
  throw refused(`Cannot capture ${foreign(text)}: neither tc/NAME nor pod/NAMESPACE/NAME`);
}

export const targetText = (target: CaptureTarget) =>
  "pod" in target ? `pod/${target.pod}` : `tc/${target.control}`;

const refused = (message: string) => new CaptureRefused(STATUS.badRequest, message);

interface Range {
  readonly least: number;
  readonly most: number;
}

function number(
  params: URLSearchParams,
  name: string,
  { least, most }: Range,
): number | undefined {
  const text = params.get(name);
  if (text === null) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw refused(
    `Cannot capture with ${name} ${foreign(text)}: not a number from ${least} to ${most}`,
  );
}

function rulesIn(params: URLSearchParams): { readonly rules?: unknown } {
  const text = params.get("rules");
  if (text === null) return {};
  try {
    return { rules: JSON.parse(text) };
  } catch {
    throw refused("Cannot capture with these rules: not JSON");
  }
}

/** Reads the query of `GET /api/v1/capture`. @throws {CaptureRefused} If something in it is wrong. */
export function readRequest(params: URLSearchParams): CaptureRequest {
  const count = number(params, "count", { least: 1, most: Number.MAX_SAFE_INTEGER });
  const duration = number(params, "duration", { least: 1, most: LIMITS.captureTime });
  const snapLength = number(params, "snaplen", { least: SHORTEST_SNAP, most: WHOLE });
  return {
    target: readTarget(params.get("target") ?? ""),
    ...rulesIn(params),
    ...(count !== undefined && { count }),
    duration: duration ?? LIMITS.captureTime,
    snapLength: snapLength ?? WHOLE,
  };
}
