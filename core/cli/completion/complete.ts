/** Computes what can stand at the end of a command line, from the definitions of the commands. @module */
import type { Argument, CommandUnknownOpts as Command, Option } from "@commander-js/extra-typings";

/**
 * What the shell should offer beside the candidates. The numbers are those of Cobra's `__complete`, which other programs
 * use, too.
 */
export const DIRECTIVES = { files: 0, noFiles: 4, folders: 16 } as const;

export interface Candidate {
  readonly value: string;
  /** One line; may be empty. */
  readonly description: string;
}

export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly directive: typeof DIRECTIVES[keyof typeof DIRECTIVES];
}

/** The directive for a placeholder of the help, e.g. `<file>`. Values of other placeholders cannot be completed. */
const PATHS: Readonly<Record<string, Completion["directive"]>> = {
  file: DIRECTIVES.files,
  path: DIRECTIVES.files,
  dir: DIRECTIVES.folders,
};

/** @param words The words behind the program's name. The last one is being typed and may be empty. */
export function complete(root: Command, words: readonly string[]): Completion {
  const typed = words.at(-1) ?? "";
  const line = follow(root, words.slice(0, -1));
  const [, flag, value] = /^(--[^=]+)=(.*)$/.exec(typed) ?? [];
  if (line.waiting) return fitting(valuesOf(line.waiting), typed);
  if (flag !== undefined) {
    const option = line.operandsOnly ? undefined : find(line.command, flag);
    return fitting(option?.required ? valuesOf(option) : NOTHING, value!, `${flag}=`);
  }
  if (typed.startsWith("-") && !line.operandsOnly) return fitting(flagsOf(line), typed);
  return fitting(operandsOf(line), typed);
}

/** What the words before the one being typed mean. */
interface Line {
  /** The innermost command. */
  readonly command: Command;
  /** The command that `command` is a subcommand of. */
  readonly outer: Command | undefined;
  /** The flag whose value must come next. */
  readonly waiting: Option | undefined;
  readonly given: ReadonlySet<Option>;
  /** How many operands the innermost command has so far. */
  readonly operands: number;
  /** A `--` came before: no further word is a flag. */
  readonly operandsOnly: boolean;
}

function follow(root: Command, words: readonly string[]): Line {
  const start: Line = {
    command: root,
    outer: undefined,
    waiting: undefined,
    given: new Set(),
    operands: 0,
    operandsOnly: false,
  };
  return words.reduce(step, start);
}

function step(line: Line, word: string): Line {
  if (line.waiting) return { ...line, waiting: undefined };
  if (word === "--") return { ...line, operandsOnly: true };
  if (word.startsWith("-") && !line.operandsOnly) {
    const option = find(line.command, word.replace(/=.*/s, ""));
    if (!option) return line;
    const waiting = option.required && !word.includes("=") ? option : undefined;
    return { ...line, waiting, given: new Set([...line.given, option]) };
  }
  const command = line.operands === 0 ? subcommand(line.command, word) : undefined;
  return command
    ? { ...line, command, outer: line.command, given: new Set(), operands: 0 }
    : { ...line, operands: line.operands + 1 };
}

function find(command: Command, flag: string): Option | undefined {
  return command.options.find(({ long, short }) => long === flag || short === flag);
}

const visibleCommands = (command: Command) => command.createHelp().visibleCommands(command);

function subcommand(command: Command, name: string): Command | undefined {
  return visibleCommands(command).find((each) => each.name() === name);
}

const NOTHING: Completion = { candidates: [], directive: DIRECTIVES.noFiles };

function choices(values: readonly string[]): Completion {
  const candidates = values.map((value) => ({ value, description: "" }));
  return { candidates, directive: DIRECTIVES.noFiles };
}

function valuesOf({ argChoices, flags }: Option): Completion {
  return argChoices ? choices(argChoices) : pathsOf(/<(.*?)(\.\.\.)?>/.exec(flags)?.[1]);
}

function pathsOf(placeholder = ""): Completion {
  return { candidates: [], directive: PATHS[placeholder] ?? DIRECTIVES.noFiles };
}

/** Candidates for an operand: subcommands, or values of the next argument. If no argument is left, flags. */
function operandsOf(line: Line): Completion {
  const { command, outer, operands, operandsOnly } = line;
  if (command.commands.length > 0) return operands === 0 ? commandsOf(command) : NOTHING;
  const last = command.registeredArguments.at(-1);
  const next: Argument | undefined = command.registeredArguments[operands] ??
    (last?.variadic ? last : undefined);
  if (!next) return operandsOnly ? NOTHING : flagsOf(line);
  if (next.name() === "command" && outer) return commandsOf(outer); // The argument of `help`
  return next.argChoices ? choices(next.argChoices) : pathsOf(next.name());
}

function commandsOf(command: Command): Completion {
  const candidates = visibleCommands(command).map((each) => ({
    value: each.name(),
    description: firstLine(each.description()),
  }));
  return { candidates, directive: DIRECTIVES.noFiles };
}

/** Candidates for a flag, in their long form. Flags that are given already are left out, unless they may be repeated. */
function flagsOf({ command, given }: Line): Completion {
  const candidates = command.createHelp().visibleOptions(command)
    .filter((option) => !given.has(option) || Array.isArray(option.defaultValue))
    .map(({ long, short, description }) => ({
      value: (long ?? short)!,
      description: firstLine(description),
    }));
  return { candidates, directive: DIRECTIVES.noFiles };
}

const firstLine = (text: string) => text.replace(/\n.*/s, "");

function fitting({ candidates, directive }: Completion, typed: string, before = ""): Completion {
  const fit = candidates.filter(({ value }) => value.startsWith(typed));
  return {
    candidates: fit.map((each) => ({ ...each, value: before + each.value })),
    directive,
  };
}

/** The output in Cobra's form: a line for each candidate, with a tab before its description, then the directive. */
export function formatCompletion({ candidates, directive }: Completion): string {
  const lines = candidates.map(({ value, description }) =>
    description === "" ? value : `${value}\t${description}`
  );
  return [...lines, `:${directive}`].join("\n");
}
