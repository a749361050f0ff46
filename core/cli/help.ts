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

export function afterHelp(): string {
  const examples = Object.entries(EXAMPLES).map(([command, purpose]) =>
    command.length < EXAMPLE_WIDTH
      ? `  ${command.padEnd(EXAMPLE_WIDTH)} ${purpose}`
      : `  ${command}`
  );
  const codes = Object.entries(EXIT_CODES).map(([code, meaning]) => `${code} ${meaning}`);
  return `\nExamples:\n${examples.join("\n")}\n\nExit codes: ${codes.join("; ")}.`;
}
