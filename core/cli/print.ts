/**
 * Writes the output of commands. What comes from elsewhere, such as names of objects and errors of servers, may have
 * escape sequences for the terminal, or line ends that would look like lines of Sluice. @module
 */
import { harmless, harmlessJson } from "../base/foreign_text.ts";

/** Writes one line to stdout. Line ends within it are escaped, too. */
export function printLine(line: string): void {
  console.log(harmless(line, Infinity));
}

/** Writes one line to stderr. */
export function printError(line: string): void {
  console.error(harmless(line, Infinity));
}

/** Writes a text of several lines to stdout. Texts from elsewhere in it must be without line ends. */
export function printText(text: string): void {
  for (const line of text.trimEnd().split("\n")) printLine(line);
}

/** Writes a value to stdout, as JSON for people and programs. */
export function printJson(value: unknown): void {
  console.log(harmlessJson(JSON.stringify(value, undefined, 2)));
}
