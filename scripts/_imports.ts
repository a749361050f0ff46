/** Which file imports which, read from the text of the files, and the circles among them. @module */
import { dirname, join, normalize } from "node:path";
import type { Import } from "./_rooms.ts";

const ROOT = join(import.meta.dirname!, "..");

/** A TypeScript file. */
export interface Source {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** `import "./x.ts"`, `import {...} from "./x.ts"` and `export * from "./x.ts"`, which begin a line. */
const STATIC = /^(?:import|export)\s(?:[^"';]*?\sfrom\s)?"(?<target>\.[^"]+)"/gm;
/** `import("./x.ts")`, of a value or of a type. */
const DYNAMIC = /\bimport\(\s*"(?<target>\.[^"]+)"/g;

/** The imports of a file that name another file by a relative path: of values and of types. */
export function importsOf({ path, text }: Source): Import[] {
  const found = [...text.matchAll(STATIC), ...text.matchAll(DYNAMIC)];
  const targets = found.map(({ groups }) => normalize(join(dirname(path), groups!.target!)));
  return [...new Set(targets)].map((to) => ({ from: path, to }));
}

/** All TypeScript files of the repository that git knows or would add. */
export async function readSources(): Promise<Source[]> {
  const { stdout } = await new Deno.Command("git", {
    args: ["ls-files", "-co", "--exclude-standard", "--deduplicate", "*.ts"],
    cwd: ROOT,
  }).output();
  const paths = new TextDecoder().decode(stdout).trim().split("\n");
  const read = paths.map(async (path) => {
    try {
      return [{ path, text: await Deno.readTextFile(join(ROOT, path)) }];
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return []; // removed, and git does not know it yet
      throw error;
    }
  });
  return (await Promise.all(read)).flat();
}

/** What each one imports. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/** The graph of these arrows. */
export function graphOf(arrows: readonly Import[]): Graph {
  const groups = Map.groupBy(arrows, ({ from }) => from);
  return new Map([...groups].map(([from, some]) => [from, [...new Set(some.map(({ to }) => to))]]));
}

/**
 * Circles in a graph: at least one of those that each node is part of.
 *
 * @returns Each as a path that ends where it begins.
 */
export function circles(graph: Graph): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (node: string) => {
    const start = path.indexOf(node);
    if (start >= 0) found.push([...path.slice(start), node]);
    if (start >= 0 || done.has(node)) return;
    path.push(node);
    for (const next of graph.get(node) ?? []) visit(next);
    path.pop();
    done.add(node);
  };
  for (const node of graph.keys()) visit(node);
  return found;
}

/** Whether a way leads from one node to another. */
export function leads(graph: Graph, from: string, to: string): boolean {
  const seen = new Set([from]);
  for (const node of seen) for (const next of graph.get(node) ?? []) seen.add(next);
  return seen.has(to);
}

/** The number of nodes on the longest way through a graph; nothing if the graph has a circle. */
export function floorsOf(graph: Graph): number | undefined {
  if (circles(graph).length > 0) return undefined;
  const heights = new Map<string, number>();
  const height = (node: string): number => {
    const known = heights.get(node) ?? 1 + Math.max(0, ...(graph.get(node) ?? []).map(height));
    heights.set(node, known);
    return known;
  };
  return Math.max(0, ...[...graph.keys()].map(height));
}
