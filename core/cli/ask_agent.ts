/** Asks the local API of the agent on this node. @module */
import { readText } from "../base/body.ts";
import { SluiceError } from "../base/errors.ts";
import { harmless } from "../base/foreign_text.ts";
import { LIMITS } from "../base/limits.ts";
import { timeLimit } from "../base/timer.ts";
import { authorizationOf } from "../base/token_file.ts";

const [OK, NOT_FOUND] = [200, 404];

/** What the agent wants to know of who asks. */
export interface ApiAccess {
  /** File with the token of the local API, if it needs one. */
  readonly tokenFile?: string | undefined;
}

export interface ApiAnswer {
  /** Of HTTP. */
  readonly status: number;
  readonly text: string;
}

/**
 * Whatever the agent answers.
 *
 * @param path Of its API, with its query.
 * @throws {SluiceError} If no agent answers in time.
 */
export async function requestAgent(
  address: string,
  path: string,
  access: ApiAccess,
): Promise<ApiAnswer> {
  const limit = timeLimit(LIMITS.stateRequest);
  const headers = await authorizationOf(access);
  try {
    const response = await fetch(`http://${address}${path}`, { signal: limit, headers });
    return {
      status: response.status,
      text: await readText(response, LIMITS.stateAnswer, limit),
    };
  } catch (cause) {
    throw unreachable(address, cause as Error);
  }
}

function unreachable(address: string, cause: Error): SluiceError {
  const message = `Cannot reach the agent at "${address}": is it running? (${cause.message})`;
  return new SluiceError(message, { cause });
}

/** @throws {SluiceError} If the text is not JSON: then another program answers at the address. */
export function parseAnswer<Answer>(address: string, text: string): Answer {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreachable(address, cause as Error);
  }
}

/**
 * The JSON that the agent answers.
 *
 * @param path Of its API, e.g. `/api/v1/state`.
 * @throws {SluiceError} If no agent answers in time, or it does not know the path.
 */
export async function askAgent<Answer>(
  address: string,
  path: string,
  access: ApiAccess = {},
): Promise<Answer> {
  const { status, text } = await requestAgent(address, path, access);
  if (status === OK) return parseAnswer(address, text);
  if (status !== NOT_FOUND) {
    throw new SluiceError(
      `Cannot get "${path}" of the agent at "${address}": ${harmless(text.trim())}`,
    );
  }
  throw new SluiceError(
    `Cannot get "${path}" of the agent at "${address}": its version is an earlier one, or it is no agent`,
  );
}
