/**
 * Whether a Suricata that runs on this node as an inline sensor keeps connections that it has not seen begin. Reading is
 * in `findSuricata`; the rest is pure.
 * @module
 */
import { LIMITS } from "../base/limits.ts";
import { isFields } from "../objects/validate.ts";
import { parseValue } from "../objects/yaml_value.ts";
import { basename, join } from "node:path";

/** A process of Suricata, and the text of the file that it was started with. */
export interface SuricataFacts {
  readonly pid: number;
  /** Its command line. */
  readonly args: readonly string[];
  /** As the process names it. */
  readonly file: string;
  /** Absent if it cannot be read. */
  readonly text?: string;
}

/** `unsure` if the file does not decide it: other files, the command line, or the version may. */
export type Keeps = "yes" | "no" | "unsure";

const DEFAULT_FILE = "/etc/suricata/suricata.yaml";
const PROGRAM = /^suricata$/i;

/** Policies for a connection that was not seen to begin: "Exception Policies" in Suricata's user guide. */
const KEEPING = ["ignore", "pass-flow"];
const DROPPING = ["auto", "drop-flow", "drop-packet", "reject"];
/** Values of YAML 1.1 for true. */
const TRUE = ["true", "yes", "on", "1"];

const word = (value: unknown) => value === undefined ? undefined : String(value).toLowerCase();
const at = (value: unknown, key: string) =>
  isFields(value) && Object.hasOwn(value, key) ? value[key] : undefined;

/** The ports between which it passes packets on, by the section `af-packet`. */
function inlinePorts(config: unknown): string[] {
  const listed = at(config, "af-packet");
  const entries = Array.isArray(listed) ? listed : [];
  return entries.filter((entry) => word(at(entry, "copy-mode")) === "ips")
    .flatMap((entry) => [at(entry, "interface"), at(entry, "copy-iface")])
    .filter((name) => typeof name === "string");
}

/**
 * @param ports Names of the ports of a redirect.
 * @returns Nothing if it cannot be said that this Suricata is behind them.
 */
export function keepsConnections(
  { args, text = "" }: Pick<SuricataFacts, "args" | "text">,
  ports: readonly string[],
): Keeps | undefined {
  const parsed = parseValue(text);
  const config = "value" in parsed ? parsed.value : undefined;
  if (!inlinePorts(config).some((port) => ports.includes(port))) return undefined;
  const isElsewhere = at(config, "include") !== undefined ||
    args.some((arg) => arg.startsWith("--set"));
  if (isElsewhere) return "unsure";
  const stream = at(config, "stream");
  if (TRUE.includes(word(at(stream, "midstream")) ?? "")) return "yes";
  const policy = word(at(stream, "midstream-policy") ?? at(config, "exception-policy")) ?? "";
  if (KEEPING.includes(policy)) return "yes";
  return DROPPING.includes(policy) ? "no" : "unsure";
}

/** The file that a command line names. */
export function configFileOf(args: readonly string[]): string {
  const index = args.findIndex((arg) => arg.startsWith("-c"));
  if (index === -1) return DEFAULT_FILE;
  return args[index] === "-c" ? args[index + 1] ?? DEFAULT_FILE : args[index]!.slice("-c".length);
}

/** The processes of Suricata on this node, in containers, too. @param proc Where proc(5) is; for tests. */
export function findSuricata(proc = "/proc"): SuricataFacts[] {
  const processes = [...Deno.readDirSync(proc)].map(({ name }) => name)
    .filter((name) => /^\d+$/.test(name));
  return processes.flatMap((pid) => {
    const args = read(join(proc, pid, "cmdline"))?.split("\0") ?? [];
    if (!PROGRAM.test(basename(args[0] ?? ""))) return [];
    const file = configFileOf(args);
    // As the process sees it: it may have a root and a folder of its own.
    const path = join(proc, pid, file.startsWith("/") ? "root" : "cwd", file);
    const text = read(path);
    return [{ pid: Number(pid), args, file, ...(text !== undefined && { text }) }];
  });
}

/**
 * Nothing if there is no such file, or it may not be read, or its process has ended. The path may be a container's: what
 * would block, or has no end, is not read.
 */
function read(path: string): string | undefined {
  try {
    const { isFile, size } = Deno.statSync(path);
    return isFile && size <= LIMITS.manifestFile ? Deno.readTextFileSync(path) : undefined;
  } catch {
    return undefined;
  }
}
