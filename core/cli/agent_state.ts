/** Asks the agent on this node for its state. @module */
import { readText } from "../base/body.ts";
import { SluiceError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { timeLimit } from "../base/timer.ts";
import type { State } from "../report/state.ts";

/** @throws {SluiceError} If no agent answers at that address. */
export async function fetchState(address: string): Promise<State> {
  const limit = timeLimit(LIMITS.stateRequest);
  try {
    const response = await fetch(`http://${address}/api/v1/state`, {
      signal: limit,
    });
    return JSON.parse(await readText(response, LIMITS.stateAnswer, limit));
  } catch (cause) {
    throw new SluiceError(
      `Cannot reach the agent at "${address}": is it running? (${(cause as Error).message})`,
      { cause },
    );
  }
}
