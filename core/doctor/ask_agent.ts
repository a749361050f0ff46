/** Asks the agent's local API. @module */
import type { AgentFacts } from "./facts.ts";

/** Milliseconds. */
const ANSWER_TIMEOUT = 3000;

export async function askAgent(listen: string): Promise<AgentFacts> {
  const ask = (path: string) =>
    fetch(`http://${listen}${path}`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT) });
  let ready: Response;
  try {
    ready = await ask("/readyz");
  } catch (error) {
    return { state: "absent", error: (error as Error).message };
  }
  try {
    const lines = (await ready.text()).trim().split("\n");
    const { bridge } = await (await ask("/api/v1/state")).json();
    if (typeof bridge !== "string") return { state: "stranger" };
    return { state: "running", bridge, unready: ready.ok ? [] : lines };
  } catch {
    return { state: "stranger" };
  }
}
