/** The file with the token of the local API: the agent reads it, and its clients on the node. @module */
import { TerminalError } from "./errors.ts";

/** Shorter texts can be guessed. */
const SHORTEST_TOKEN = 16;

/** @throws {TerminalError} If the file cannot be read, or has no token that is long enough. */
export async function readToken(file: string): Promise<string> {
  const refuse = (state: string, cause?: unknown) =>
    new TerminalError(`Cannot use token file "${file}": ${state}`, { cause });
  let text: string;
  try {
    text = (await Deno.readTextFile(file)).trim();
  } catch (cause) {
    throw refuse((cause as Error).message, cause);
  }
  if (!/^[\x21-\x7e]*$/.test(text)) {
    throw refuse("it has more than one line of ASCII without spaces");
  }
  if (text.length >= SHORTEST_TOKEN) return text;
  throw refuse(`its token is shorter than ${SHORTEST_TOKEN} characters`);
}

/** The header that a client of the local API sends. @throws {TerminalError} As `readToken`. */
export async function authorizationOf(
  { tokenFile }: { readonly tokenFile?: string | undefined },
): Promise<Record<string, string>> {
  return tokenFile === undefined ? {} : { authorization: `Bearer ${await readToken(tokenFile)}` };
}
