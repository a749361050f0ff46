/** Asks the local API of an agent. @module */
import { readText } from "../base/body.ts";
import { SluiceError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { timeLimit } from "../base/timer.ts";

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * @param address `host:port`.
 * @param path With its query.
 * @throws {SluiceError} If the agent cannot be reached, or does not answer in time.
 */
export async function askAgent(address: string, path: string): Promise<ApiAnswer> {
  const limit = timeLimit(LIMITS.stateRequest);
  try {
    const response = await fetch(`http://${address}${path}`, { signal: limit });
    return {
      status: response.status,
      text: await readText(response, LIMITS.stateAnswer, limit),
    };
  } catch (cause) {
    throw unreachable(address, cause as Error);
  }
}

export function unreachable(address: string, cause: Error): SluiceError {
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
