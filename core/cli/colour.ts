/** Colours of what commands write. There are none but on a terminal, and none with the variable `NO_COLOR`. @module */

type Paint = (text: string) => string;

/** What a text means, not how it looks. */
export interface Colours {
  readonly bad: Paint;
  readonly doubtful: Paint;
  readonly good: Paint;
  readonly head: Paint;
  readonly quiet: Paint;
}

const plain: Paint = (text) => text;

export const NO_COLOURS: Colours = {
  bad: plain,
  doubtful: plain,
  good: plain,
  head: plain,
  quiet: plain,
};

/** Codes of Select Graphic Rendition that begin a colour, and that end it: ECMA-48 section 8.3.117. */
const BOLD = [1, 22] as const;
const FAINT = [2, 22] as const;
const [RED, YELLOW, GREEN] = [[31, 39], [33, 39], [32, 39]] as const;

const painted = ([begin, end]: readonly [number, number]): Paint => (text) =>
  text === "" ? text : `\x1b[${begin}m${text}\x1b[${end}m`;

const COLOURS: Colours = {
  bad: painted(RED),
  doubtful: painted(YELLOW),
  good: painted(GREEN),
  head: painted(BOLD),
  quiet: painted(FAINT),
};

/** What decides whether there are colours. */
export interface Output {
  readonly isTerminal: boolean;
  /** An environment variable. */
  readonly variable: (name: string) => string | undefined;
}

/** Stdout of this process. */
export function ownOutput(): Output {
  return { isTerminal: Deno.stdout.isTerminal(), variable: (name) => Deno.env.get(name) };
}

/** Whether the output is a terminal that knows control sequences. */
export function isControllable({ isTerminal, variable }: Output): boolean {
  return isTerminal && variable("TERM") !== "dumb";
}

export function coloursOf(output: Output = ownOutput()): Colours {
  return isControllable(output) && !output.variable("NO_COLOR") ? COLOURS : NO_COLOURS;
}
