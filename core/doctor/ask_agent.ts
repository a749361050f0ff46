/** Asks the agent's local API whether an agent runs, on which bridge, and whether it is ready. @module */
import { readText } from "../base/body.ts";
import { LIMITS } from "../base/limits.ts";
import { timeLimit } from "../base/timer.ts";
import { authorizationOf } from "../base/token_file.ts";
import type { AgentFacts, RedirectFacts } from "./facts.ts";

/**
 * @param timeout Milliseconds for each of the two answers that are asked for.
 * @throws {TerminalError} If the file with the token cannot be used.
 */
export async function askAgent(
  { listen, ...access }: { readonly listen: string; readonly tokenFile?: string },
  timeout: number = LIMITS.doctorRequest,
): Promise<AgentFacts> {
  const headers = await authorizationOf(access);
  const ask = async (path: string) => {
    const limit = timeLimit(timeout);
    const response = await fetch(`http://${listen}${path}`, { signal: limit, headers });
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
    const state = JSON.parse(await (await ask("/api/v1/state")).text());
    if (typeof state?.bridge !== "string") return STRANGER;
    const { bridge, conditions = [], trafficControls: controls = [], plugins = [] } = state;
    const several: readonly { readonly bridge: string }[] = state.bridges ?? [{ bridge }];
    const { sensors = [] } = state; // earlier versions do not tell of them
    const unready = ready.ok ? [] : lines;
    return {
      state: "running",
      bridges: several.map((each) => each.bridge),
      unready,
      conditions,
      controls,
      sensors,
      redirects: redirectsIn(controls),
      plugins: refusals(plugins),
    };
  } catch (error) {
    return isTimeout(error) ? SILENT : STRANGER;
  }
}

/** The part of a TrafficControl's state that says to which sensors its packets go. */
interface ControlState {
  readonly name: string;
  readonly target?: string;
  readonly return?: string;
  readonly additionalPorts?: readonly { readonly target: string; readonly return?: string }[];
  readonly failureMode?: string;
}

function redirectsIn(controls: readonly ControlState[]): RedirectFacts[] {
  return controls
    .filter(({ return: back, additionalPorts, failureMode }) =>
      back !== undefined && (additionalPorts !== undefined || failureMode === "Open")
    )
    .map(({ name, additionalPorts = [], ...pair }) => ({
      name,
      ports: [pair, ...additionalPorts].flatMap(({ target, return: back }) => [target, back])
        .filter((port) => port !== undefined),
    }));
}

/** A line for each plugin file that is not used as it is now. */
function refusals(files: readonly PluginState[]): string[] {
  return files.filter(({ state }) => state !== "loaded")
    .map(({ file, state, problems: [problem = ""] }) =>
      `Plugin "${file}" is refused${
        state === "kept" ? ", an earlier version goes on" : ""
      }: ${problem}`
    );
}

/** The part of a plugin file's state that the doctor reads. */
interface PluginState {
  readonly file: string;
  readonly state: string;
  readonly problems: readonly string[];
}

const SILENT: AgentFacts = { state: "silent" };
const STRANGER: AgentFacts = { state: "stranger" };

/** Whether `timeLimit` ended the request. */
const isTimeout = (error: unknown) =>
  error instanceof DOMException && error.name === "TimeoutError";
