/**
 * Writes a text for people. On a terminal, words that say how bad something is have colours, and long sentences are broken
 * to its width; a pipe or a file gets each line as it is. `NO_COLOR` turns colours off.
 * @module
 */
import { harmless } from "../base/foreign_text.ts";
import { type Colours, coloursOf, NO_COLOURS, ownOutput } from "./colour.ts";
import { SEVERITIES } from "./severity.ts";
import { severityWord } from "./status_look.ts";

const SEVERITY = new RegExp(`^( +)(${SEVERITIES.join("|")})(?=: )`);
const CURE = /^( +)(cure)(?=: )/;

/** How a text is shown. */
export interface TextLook {
  readonly colours: Colours;
  /** Columns; `Infinity` if lines are not broken. */
  readonly width: number;
}

/** Narrower terminals get lines of this width. */
const NARROWEST = 40;

/** How stdout shows a text. */
function stdoutLook(): TextLook {
  const output = ownOutput();
  if (!output.isTerminal) return { colours: NO_COLOURS, width: Infinity };
  const width = Math.max(NARROWEST, Deno.consoleSize().columns);
  return { colours: coloursOf(output), width };
}

/** Lines that are copied to other programs, and so stay whole. */
const KEPT = /^ +cookie=/;
/** Columns by which the further lines of a sentence are moved to the right. */
const FURTHER = 4;

/** A sentence in several lines. Lines without an indent, such as those of tables, stay whole. */
function broken(line: string, width: number): string[] {
  const [indent] = /^ */.exec(line)!;
  if (line.length <= width || indent === "" || KEPT.test(line)) return [line];
  const lines: string[] = [];
  let current = indent;
  for (const word of line.trimStart().split(" ")) {
    const isFirst = current.trim() === "";
    if (!isFirst && current.length + 1 + word.length > width) {
      lines.push(current);
      current = " ".repeat(indent.length + FURTHER) + word;
    } else current += isFirst ? word : ` ${word}`;
  }
  return [...lines, current];
}

function coloured(line: string, colours: Colours): string {
  return line
    .replace(SEVERITY, (_, indent: string, word: typeof SEVERITIES[number]) => {
      return indent + severityWord(word, colours);
    })
    .replace(CURE, (_, indent: string, word: string) => indent + colours.good(word));
}

/** The text as it is shown. Texts from elsewhere in it must be without line ends. */
export function shown(text: string, { colours, width }: TextLook): string {
  const lines = text.trimEnd().split("\n").map((line) => harmless(line, Infinity))
    .flatMap((line) => broken(line, width));
  return lines.map((line) => coloured(line, colours)).join("\n");
}

/** Writes a text of several lines to stdout. */
export function printShown(text: string): void {
  console.log(shown(text, stdoutLook()));
}
