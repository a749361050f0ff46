/** Asks the agent on this node for its state. @module */
import { readText } from "../base/body.ts";
import { SluiceError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { timeLimit } from "../base/timer.ts";
import { authorizationOf } from "../base/token_file.ts";
import type { State } from "../report/state.ts";

/** @throws {SluiceError} If no agent answers at that address, or it wants another token. */
export async function fetchState(
  address: string,
  access: { readonly tokenFile?: string } = {},
): Promise<State> {
  const limit = timeLimit(LIMITS.stateRequest);
  const headers = await authorizationOf(access);
  try {
    const response = await fetch(`http://${address}/api/v1/state`, { signal: limit, headers });
    const text = await readText(response, LIMITS.stateAnswer, limit);
    if (!response.ok) throw new SluiceError(`Cannot read "/api/v1/state": ${text.trim()}`);
    return JSON.parse(text);
  } catch (cause) {
    throw new SluiceError(
      `Cannot reach the agent at "${address}": is it running? (${(cause as Error).message})`,
      { cause },
    );
  }
}
