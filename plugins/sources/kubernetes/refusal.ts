/** Turns a refused request of one check into a finding, so that the other checks still run. @module */
import type { Diagnosis } from "../../../core/api.ts";
import { ApiError } from "./api_errors.ts";

const [UNAUTHORIZED, FORBIDDEN] = [401, 403];

/** @throws {Error} If no further check can succeed: the server is silent, or refuses the credentials. */
export async function orRefusal(
  check: string,
  looking: Promise<readonly Diagnosis[]>,
): Promise<readonly Diagnosis[]> {
  try {
    return await looking;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status === UNAUTHORIZED) throw error;
    return [{ check, message: error.message, ...meaningOf(error.status) }];
  }
}

/** A request that is not allowed is only a warning: what it asks about may be right. */
function meaningOf(status: number): Pick<Diagnosis, "level" | "cure"> {
  return status === FORBIDDEN
    ? { level: "warning", cure: "let it be asked, or give other credentials with --kubeconfig" }
    : { level: "problem", cure: "see the API server's log, and ask again" };
}
