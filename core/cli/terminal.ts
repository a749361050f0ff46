/**
 * Writes a text for people. On a terminal, words that say how bad something is have colours, and long sentences are broken
 * to its width; a pipe or a file gets each line as it is. `NO_COLOR` turns colours off.
 * @module
 */
import { styleText } from "node:util";
import { harmless } from "../base/foreign_text.ts";

/** Colours of the words with which a line may begin. */
const STYLES = {
  problem: ["red", "bold"],
  warning: ["yellow", "bold"],
  planned: ["cyan"],
  cure: ["green"],
} as const;
const WORD = new RegExp(`^( +)(${Object.keys(STYLES).join("|")})(?=: )`);

export interface Look {
  readonly colours: boolean;
  /** Columns; `Infinity` if lines are not broken. */
  readonly width: number;
}

/** Narrower terminals get lines of this width. */
const NARROWEST = 40;

/** How stdout shows a text. */
export function stdoutLook(): Look {
  if (!Deno.stdout.isTerminal()) return { colours: false, width: Infinity };
  return { colours: !Deno.noColor, width: Math.max(NARROWEST, Deno.consoleSize().columns) };
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

function coloured(line: string): string {
  return line.replace(WORD, (_, indent: string, word: keyof typeof STYLES) => {
    const style = [...STYLES[word]];
    return indent + styleText(style, word, { validateStream: false });
  });
}

/** The text as it is shown. Texts from elsewhere in it must be without line ends. */
export function shown(text: string, { colours, width }: Look): string {
  const lines = text.trimEnd().split("\n").map((line) => harmless(line, Infinity))
    .flatMap((line) => broken(line, width));
  return lines.map((line) => colours ? coloured(line) : line).join("\n");
}

/** Writes a text of several lines to stdout. */
export function printShown(text: string): void {
  console.log(shown(text, stdoutLook()));
}
