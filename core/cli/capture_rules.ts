/** The file of `sluice capture --rules`. @module */
import { TerminalError } from "../base/errors.ts";
import { parseManifest } from "../objects/manifest.ts";
import { readManifest } from "../objects/manifest_files.ts";
import { fieldsOf } from "../objects/validate.ts";

/** A list, whose first line that is no comment begins with a dash. */
const LIST = /^(?:\s*(?:#[^\n]*)?\n)*\s*-(?!--)/;
/** The end of a document's head. */
const DOCUMENT = /^(?:\s*(?:#[^\n]*)?\n)*---[^\n]*\n/;

/**
 * Reads rules: a list, or a map with the key `rules`. The agent checks them.
 *
 * @returns JSON.
 * @throws {TerminalError} If the file cannot be read, or has something else.
 */
export async function captureRules(file: string): Promise<string> {
  const read = await readManifest(file);
  if ("message" in read) throw wrong(file, read.message);
  const text = read.text.replace(DOCUMENT, "");
  const { objects, problems } = parseManifest(file, LIST.test(text) ? `rules:\n${text}` : text);
  const [problem] = problems;
  if (problem) throw wrong(file, problem.message);
  const [only, ...others] = objects;
  const rules = fieldsOf(only?.raw).rules;
  if (rules === undefined || others.length > 0) {
    throw wrong(file, "has neither a list of rules nor the key rules");
  }
  return JSON.stringify(rules);
}

const wrong = (file: string, state: string) =>
  new TerminalError(`Cannot read rules from "${file}": ${state}`);
