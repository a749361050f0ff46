/** The examples and exit codes of the help and of the man page. @module */

/** Examples of command lines, and what each does. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  "sluice validate -f manifests/": "every problem in the files, with its line",
  "sluice plan -f manifests/ --bridge br0": "what would change on the bridge; writes nothing",
  "sluice doctor --bridge br0": "what is missing or odd on this node; writes nothing",
  "sluice agent --source files --manifests manifests/ --bridge br0": "on this host, until stopped",
  "sluice status": "what the running agent does",
  "sluice trace pod/shop/web --to pod/shop/db --port 5432":
    "what happens to such a packet; sends nothing",
  "sluice top": "packets and bytes per second, now",
  "sluice explain pod/default/web": "why that Pod is mirrored or redirected, or why it is not",
  "sluice sensor tap0 tap1": "forward and count redirected packets",
  "sluice cleanup --bridge br0": "remove all that Sluice made",
};

export const EXIT_CODES: Readonly<Record<number, string>> = {
  0: "done",
  1: "it could not be done, or there are problems",
  2: "wrong usage",
};

/** Width of the column of commands. A longer command stands on a line of its own, without its purpose. */
const EXAMPLE_WIDTH = 41;

/** @param name What users write to call the program. */
export function afterHelp(name: string): string {
  const written = Object.entries(EXAMPLES)
    .map(([command, purpose]) => [command.replace(/^sluice\b/, name), purpose] as const);
  const examples = written.map(([command, purpose]) =>
    command.length < EXAMPLE_WIDTH
      ? `  ${command.padEnd(EXAMPLE_WIDTH)} ${purpose}`
      : `  ${command}`
  );
  const codes = Object.entries(EXIT_CODES).map(([code, meaning]) => `${code} ${meaning}`);
  return `\nExamples:\n${examples.join("\n")}\n\nExit codes: ${codes.join("; ")}.`;
}
