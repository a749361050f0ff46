/** Asks the local API of the agent on this node. @module */
import { readText } from "../base/body.ts";
import { SluiceError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { timeLimit } from "../base/timer.ts";

const NOT_FOUND = 404;

/**
 * The JSON that the agent answers.
 *
 * @param path Of its API, e.g. `/api/v1/state`.
 * @throws {SluiceError} If no agent answers in time, or it does not know the path.
 */
export async function askAgent<Answer>(address: string, path: string): Promise<Answer> {
  const limit = timeLimit(LIMITS.stateRequest);
  try {
    const response = await fetch(`http://${address}${path}`, { signal: limit });
    if (response.status === NOT_FOUND) {
      await response.body?.cancel();
      throw new SluiceError(
        `Cannot get "${path}": its version is an earlier one, or it is no agent`,
      );
    }
    return JSON.parse(await readText(response, LIMITS.stateAnswer, limit));
  } catch (cause) {
    throw new SluiceError(
      `Cannot reach the agent at "${address}": is it running? (${(cause as Error).message})`,
      { cause },
    );
  }
}
