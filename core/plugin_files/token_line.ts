/** Lines of a process in which plugin files run. They begin with a token, so that no line of a plugin is taken for one. @module */

export const lineOf = (token: string, text: string) => `\n${token}${text}\n`;

/** Writes all of a line to stdout. */
export function writeLine(token: string, text: string): void {
  const line = new TextEncoder().encode(lineOf(token, text));
  for (let written = 0; written < line.length;) {
    written += Deno.stdout.writeSync(line.subarray(written));
  }
}
