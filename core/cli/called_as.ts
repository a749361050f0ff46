/** The name by which users have called the program: by a link `kubectl-sluice` it is a plugin of kubectl. @module */
import { basename } from "node:path";

const NAME = "sluice";
/** Names of the file or the link, and what users write: kubectl documentation, "Extend kubectl with plugins". */
const CALLED: Readonly<Record<string, string>> = { "kubectl-sluice": `kubectl ${NAME}` };

/** Is set by the scripts that start the program by its runtime: see scripts/_unpack.sh. */
const VARIABLE = "SLUICE_CALLED_AS";

/** The file name with which this process was started, as its parent gave it: proc(5). */
function ownName(): string {
  const given = Deno.env.get(VARIABLE);
  if (given !== undefined) return given;
  try {
    return Deno.readTextFileSync("/proc/self/cmdline").split("\0", 1)[0]!;
  } catch {
    return NAME; // without /proc
  }
}

/** What users write to call the program, as help shows it. @param file How the process was started. */
export function programName(file: string = ownName()): string {
  return CALLED[basename(file)] ?? NAME;
}
