/** Asks the agent's local API. @module */
import type { AgentFacts } from "./facts.ts";

/** Milliseconds. */
const ANSWER_TIMEOUT = 3000;

/** @param timeout Milliseconds for each of two answers. */
export async function askAgent(listen: string, timeout = ANSWER_TIMEOUT): Promise<AgentFacts> {
  const ask = (path: string) =>
    fetch(`http://${listen}${path}`, { signal: AbortSignal.timeout(timeout) });
  let ready: Response;
  try {
    ready = await ask("/readyz");
  } catch (error) {
    return isTimeout(error) ? SILENT : { state: "absent", error: (error as Error).message };
  }
  try {
    const lines = (await ready.text()).trim().split("\n");
    const { bridge } = await (await ask("/api/v1/state")).json();
    if (typeof bridge !== "string") return STRANGER;
    return { state: "running", bridge, unready: ready.ok ? [] : lines };
  } catch (error) {
    return isTimeout(error) ? SILENT : STRANGER;
  }
}

const SILENT: AgentFacts = { state: "silent" };
const STRANGER: AgentFacts = { state: "stranger" };

/** As `AbortSignal.timeout` has it. */
const isTimeout = (error: unknown) =>
  error instanceof DOMException && error.name === "TimeoutError";
