/** What the help and the man page say besides the commands. @module */

/** Command lines, and what they are for. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  "sluice validate -f manifests/": "every problem in the files, with its line",
  "sluice plan -f manifests/ --bridge br0": "what would change on the bridge; writes nothing",
  "sluice doctor --bridge br0": "what is missing or odd on this node; writes nothing",
  "sluice agent --source files --manifests manifests/ --bridge br0": "on this host, until stopped",
  "sluice status": "what the running agent does",
  "sluice cleanup --bridge br0": "remove all that Sluice made",
};

export const EXIT_CODES: Readonly<Record<number, string>> = {
  0: "done",
  1: "it could not be done, or there are problems",
  2: "wrong usage",
};

/** Columns for the command, where its purpose stands behind it. */
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
