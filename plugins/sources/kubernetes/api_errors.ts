/** The errors of requests to the API server, by what a caller does about them. @module */
import { harmless, LIMITS, readText, SluiceError, timeLimit } from "../../../core/api.ts";

/** The server answered with an error. */
export class ApiError extends SluiceError {
  override readonly name = "ApiError";

  /**
   * @param status Status code of HTTP.
   * @param retryAfter Milliseconds that the server asks to wait before the next request, within `LIMITS.retryAfter`.
   */
  constructor(message: string, readonly status: number, readonly retryAfter: number = 0) {
    super(message);
  }
}

/** Milliseconds that the server asks to wait before the next request; 0 if it does not ask. */
export function retryAfterOf(error: unknown): number {
  return error instanceof ApiError ? error.retryAfter : 0;
}

/** The server gave no answer. */
export class SilentServerError extends SluiceError {
  override readonly name = "SilentServerError";

  /** @param waited Milliseconds that the request waited. */
  constructor(message: string, readonly waited: number, options?: ErrorOptions) {
    super(message, options);
  }
}

/** The error that an answer of the server means. Its body is read. @param what The request, as in `GET /api`. */
export async function toApiError(response: Response, what: string): Promise<ApiError> {
  const said = await readText(response, LIMITS.apiErrorBody, timeLimit(LIMITS.apiErrorTime))
    .catch(() => "");
  const text = parseStatus(said).message ?? (said || response.statusText);
  const message = `Cannot ${what}: ${response.status} ${harmless(`${text}`, LIMITS.serverText)}`;
  return new ApiError(message, response.status, retryAfter(response.headers.get("retry-after")));
}

/** Milliseconds by `Retry-After`, which gives seconds or a date: RFC 9110 section 10.2.3. */
export function retryAfter(header: string | null, now = Date.now()): number {
  const asked = /^\d+$/.test(header ?? "") ? Number(header) * 1000 : Date.parse(header ?? "") - now;
  return Math.min(Math.max(asked || 0, 0), LIMITS.retryAfter);
}

/** The fields of a Status of meta/v1, if the text is one. */
function parseStatus(text: string): { readonly message?: unknown } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
