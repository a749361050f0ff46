/**
 * Reads kubeconfig files and puts them together as kubectl does. Kubernetes documentation, "Organizing Cluster Access
 * Using kubeconfig Files". @module
 */
import { dirname, join, resolve } from "node:path";
import { EMPTY, parseValue, TerminalError } from "../../../core/api.ts";

/** An entry of a kubeconfig's list, for example a cluster. */
export interface Entry {
  readonly name: string;
  readonly [field: string]: unknown;
}

export type Fields = Readonly<Record<string, unknown>>;

/** The lists of a kubeconfig, and the field of their entries that has the values. */
const LISTS = { clusters: "cluster", users: "user", contexts: "context" } as const;

export interface RawKubeconfig {
  readonly clusters: readonly Entry[];
  readonly users: readonly Entry[];
  readonly contexts: readonly Entry[];
  readonly "current-context"?: string;
}

/** Fields with paths, which are relative to the folder of their file, each with the field that has the same as text. */
const PATHS: Readonly<Record<string, string | undefined>> = {
  "certificate-authority": "certificate-authority-data",
  "client-certificate": "client-certificate-data",
  "client-key": "client-key-data",
  tokenFile: undefined,
};

/**
 * The files to read. `$KUBECONFIG` names several with colons between them; one of these that does not exist is left out.
 *
 * @returns Absolute paths; none if there is no kubeconfig.
 * @throws {TerminalError} If `$KUBECONFIG` names files, and none of them exists.
 */
export async function kubeconfigFiles(): Promise<readonly string[]> {
  const named = (Deno.env.get("KUBECONFIG") ?? "").split(":").filter((file) => file !== "");
  const home = Deno.env.get("HOME");
  const files = named.length > 0 ? named : home ? [join(home, ".kube/config")] : [];
  const there = await Promise.all(files.map(exists));
  const found = files.filter((_, index) => there[index]);
  if (named.length === 0 || found.length > 0) return found.map((file) => resolve(file));
  throw new TerminalError(
    `Cannot use kubeconfig "${named.join(":")}": $KUBECONFIG names no file that exists`,
  );
}

/** Whether there is a file of that name. */
export async function exists(file: string): Promise<boolean> {
  try {
    await Deno.stat(file);
    return true;
  } catch (error) {
    // A file that exists and cannot be read is an error, which its reading reports.
    return !(error instanceof Deno.errors.NotFound);
  }
}

/** Reads the files. Of entries with one name, and of current contexts, those of the first file count. */
export async function readFiles(files: readonly string[]): Promise<RawKubeconfig> {
  const all = await Promise.all(files.map(readFile));
  const current = all.map((each) => each["current-context"]).find((name) => name);
  return {
    clusters: merged(all, "clusters"),
    users: merged(all, "users"),
    contexts: merged(all, "contexts"),
    ...(typeof current === "string" && { "current-context": current }),
  };
}

async function readFile(file: string): Promise<Fields> {
  const parsed = parseValue(await Deno.readTextFile(file));
  if ("problem" in parsed && parsed.problem !== EMPTY) {
    throw new TerminalError(`Cannot use kubeconfig "${file}:${parsed.line}": ${parsed.problem}`);
  }
  const root = fieldsOf("value" in parsed ? parsed.value : undefined);
  const lists = Object.entries(LISTS).map(([list, field]) => {
    const entries: readonly unknown[] = Array.isArray(root[list]) ? root[list] : [];
    const resolved = entries.map((entry) => ({
      ...fieldsOf(entry),
      [field]: withPaths(fieldsOf(fieldsOf(entry)[field]), dirname(resolve(file))),
    }));
    return [list, resolved];
  });
  return { ...root, ...Object.fromEntries(lists) };
}

/** The fields with absolute paths. If the same is there as text, it counts, and the path is left out. */
function withPaths(fields: Fields, folder: string): Fields {
  const kept = Object.entries(fields).filter(([name]) => {
    const text = PATHS[name];
    return text === undefined || !fields[text];
  });
  return Object.fromEntries(kept.map(([name, value]) => {
    const isPath = Object.hasOwn(PATHS, name) && typeof value === "string" && value !== "";
    return [name, isPath ? resolve(folder, value) : value];
  }));
}

function merged(files: readonly Fields[], list: keyof typeof LISTS): Entry[] {
  const entries = files.flatMap((file) => file[list] as readonly Entry[]);
  return [...new Map(entries.toReversed().map((entry) => [entry.name, entry])).values()];
}

export const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value as Fields : {};
