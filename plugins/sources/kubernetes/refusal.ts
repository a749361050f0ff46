/** What is said of a question that the API server does not answer: it hides no other. @module */
import type { Diagnosis } from "../../../core/api.ts";
import { ApiError } from "./api_server.ts";

const [UNAUTHORIZED, FORBIDDEN] = [401, 403];

/** @throws {Error} If nothing more can be learned: the server is silent, or does not know us. */
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

/** What may not be asked need not be wrong. */
function meaningOf(status: number): Pick<Diagnosis, "level" | "cure"> {
  return status === FORBIDDEN
    ? { level: "warning", cure: "let it be asked, or give other credentials with --kubeconfig" }
    : { level: "problem", cure: "see the API server's log, and ask again" };
}
