/**
 * The files of the last good state. There is one for each bridge of each database, and each list of sources: decision
 * 019.
 * @module
 */
import type { Log } from "../base/log.ts";
import type { AgentConfig } from "./config.ts";
import type { Database } from "./database.ts";
import { Remembered } from "./memory_file.ts";

/** The value of `--state-dir` with which the agent keeps no state. */
export const NO_STATE_DIR = "none";

type StateOptions = Pick<AgentConfig, "stateDir" | "source"> & { readonly bridge: string };

/** Path of the file in the state folder. @param database `Database.id`. */
export function stateFile({ stateDir, bridge, source }: StateOptions, database: string): string {
  return `${stateDir}/${encodeURIComponent(bridge)}.${source.join("+")}.${database}.json`;
}

/** Path of the file of an earlier version of Sluice. It was the same for bridges of one name in all databases. */
function earlierFile({ stateDir, bridge, source }: StateOptions): string {
  return `${stateDir}/${encodeURIComponent(bridge)}.${source.join("+")}.json`;
}

/**
 * Opens the file of the last good state. If the feature gate is off, it removes the file instead: no object is realized
 * then, so that a later agent has no state to go on with.
 *
 * @returns Nothing if no state is kept.
 */
export async function openState(
  config: StateOptions & Pick<AgentConfig, "enabled">,
  database: Database,
  log: Log,
): Promise<Remembered | undefined> {
  if (config.stateDir === NO_STATE_DIR) return undefined;
  const file = stateFile(config, database.id);
  const isMarked = database.marked.has(config.bridge);
  await takeOver({ earlier: earlierFile(config), file, isMarked }, log);
  if (config.enabled) return await Remembered.open(file, log);
  await removeState(file, log);
}

/** The open files by bridge. That of the first bridge has the objects, too. */
export type OpenStates = ReadonlyMap<string, Remembered>;

/** Opens the file of each bridge. */
export async function openStates(
  config: Pick<AgentConfig, "stateDir" | "source" | "bridge" | "enabled">,
  database: Database,
  log: Log,
): Promise<OpenStates & AsyncDisposable> {
  const opened = await Promise.all(
    config.bridge.map(async (bridge) =>
      [bridge, await openState({ ...config, bridge }, database, log)] as const
    ),
  );
  const states = new Map(opened.flatMap(([bridge, state]) => state ? [[bridge, state]] : []));
  return Object.assign(states, {
    [Symbol.asyncDispose]: async () => {
      await Promise.all(states.values().map((state) => state[Symbol.asyncDispose]()));
    },
  });
}

/**
 * Renames the file of an earlier version, so that exactly one agent goes on with it. It is another database's if Sluice
 * has nothing on this bridge.
 */
async function takeOver(
  { earlier, file, isMarked }: { earlier: string; file: string; isMarked: boolean },
  log: Log,
): Promise<void> {
  if (!await exists(earlier) || await exists(file)) return;
  if (!isMarked) {
    log.info("State left alone", { file: earlier, reason: "nothing on the bridge is Sluice's" });
    return;
  }
  try {
    await Deno.rename(earlier, file);
    log.info("State taken over", { file: earlier, as: file });
  } catch (error) {
    log.warning("State not taken over", { file: earlier, error: (error as Error).message });
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await Deno.lstat(file);
    return true;
  } catch {
    return false;
  }
}

async function removeState(file: string, log: Log): Promise<void> {
  try {
    await Deno.remove(file);
    log.info("State removed", { file });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    log.warning("State not removed", { file, error: (error as Error).message });
  }
}
