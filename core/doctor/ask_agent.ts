/** Asks the agent's local API whether an agent runs, on which bridge, and whether it is ready. @module */
import { readText } from "../base/body.ts";
import { LIMITS } from "../base/limits.ts";
import { timeLimit } from "../base/timer.ts";
import type { AgentFacts } from "./facts.ts";

/** @param timeout Milliseconds for each of the two answers that are asked for. */
export async function askAgent(
  listen: string,
  timeout: number = LIMITS.doctorRequest,
): Promise<AgentFacts> {
  const ask = async (path: string) => {
    const limit = timeLimit(timeout);
    const response = await fetch(`http://${listen}${path}`, { signal: limit });
    return { ok: response.ok, text: () => readText(response, LIMITS.stateAnswer, limit) };
  };
  let ready: Awaited<ReturnType<typeof ask>>;
  try {
    ready = await ask("/readyz");
  } catch (error) {
    return isTimeout(error) ? SILENT : { state: "absent", error: (error as Error).message };
  }
  try {
    const lines = (await ready.text()).trim().split("\n");
    const { bridge } = JSON.parse(await (await ask("/api/v1/state")).text());
    if (typeof bridge !== "string") return STRANGER;
    return { state: "running", bridge, unready: ready.ok ? [] : lines };
  } catch (error) {
    return isTimeout(error) ? SILENT : STRANGER;
  }
}

const SILENT: AgentFacts = { state: "silent" };
const STRANGER: AgentFacts = { state: "stranger" };

/** Whether `timeLimit` ended the request. */
const isTimeout = (error: unknown) =>
  error instanceof DOMException && error.name === "TimeoutError";
