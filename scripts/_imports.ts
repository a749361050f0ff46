/** Which file imports which, read from the text of the files, and the circles among them. @module */
import { dirname, join, normalize } from "node:path";
import type { Import } from "./_rooms.ts";
import { type Token, tokensOf } from "./_tokens.ts";

const ROOT = join(import.meta.dirname!, "..");

/** A TypeScript or JavaScript file. */
export interface Source {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** What a file imports. */
export interface Read {
  /** By a relative path: of values and of types. */
  readonly imports: readonly Import[];
  /** Lines of imports that name what only the running program knows, or that hide it behind escapes. */
  readonly computed: readonly number[];
}

/** What may stand between `import` or `export` and `from`. */
const IN_CLAUSE = /^(?:[{},*]|["'#\w$\u0080-\uffff].*)$/;
const PLAIN = /^(["'])(?<target>[^\\]*)\1$/;

/** The string of `import ... from "..."`, `export ... from "..."` and `import "..."`. */
function staticTarget(tokens: readonly Token[], index: number): Token | undefined {
  const isImport = tokens[index]!.text === "import";
  if (isImport && tokens[index + 1]?.kind === "string") return tokens[index + 1];
  for (let at = index + 1; IN_CLAUSE.test(tokens[at]?.text ?? ""); at++) {
    if (tokens[at]!.text === "from" && tokens[at + 1]?.kind === "string") return tokens[at + 1];
  }
  return undefined;
}

/** The argument of `import(...)`, also of `import.defer(...)`; whatever is no string alone is a computed one. */
function dynamicTarget(tokens: readonly Token[], index: number): Token | undefined {
  const phase = /^(?:defer|source)$/.test(tokens[index + 2]?.text ?? "");
  const open = tokens[index + 1]?.text === "." && phase ? index + 3 : index + 1;
  if (tokens[index]!.text !== "import" || tokens[open]?.text !== "(") return undefined;
  const [argument, next] = [tokens[open + 1], tokens[open + 2]?.text ?? ""];
  const isAlone = argument?.kind === "string" && /^[),]$/.test(next);
  return isAlone ? argument : tokens[open];
}

/** The strings that name what is imported, or what stands in their place. */
function targetsOf(tokens: readonly Token[]): Token[] {
  return tokens.flatMap(({ kind, text }, index) => {
    const isKeyword = kind === "word" && (text === "import" || text === "export");
    if (!isKeyword || tokens[index - 1]?.text === ".") return [];
    return dynamicTarget(tokens, index) ?? staticTarget(tokens, index) ?? [];
  });
}

export function readImports({ path, text }: Source): Read {
  const targets = targetsOf(tokensOf(text)).map(({ text, at }) => ({
    at,
    name: PLAIN.exec(text)?.groups?.target,
  }));
  const files = targets.flatMap(({ name }) =>
    name?.startsWith(".") ? [normalize(join(dirname(path), name))] : []
  );
  return {
    imports: [...new Set(files)].map((to) => ({ from: path, to })),
    computed: targets.filter(({ name }) => name === undefined)
      .map(({ at }) => text.slice(0, at).split("\n").length),
  };
}

/** How the names of scripts end. */
const SCRIPTS = ["ts", "mts", "cts", "tsx", "js", "mjs", "cjs", "jsx"];

/** All TypeScript and JavaScript files of the repository that git knows or would add. */
export async function readSources(): Promise<Source[]> {
  const { stdout } = await new Deno.Command("git", {
    args: [
      "ls-files",
      "-co",
      "--exclude-standard",
      "--deduplicate",
      ...SCRIPTS.map((end) => `*.${end}`),
    ],
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
