/** Shows a text again and again: on a terminal in one place, elsewhere one after the other. @module */
import { isControllable, type Output, ownOutput } from "./colour.ts";

/** Control sequences of a terminal: xterm, "Control Sequences", and ECMA-48. */
const [OTHER_SCREEN, OWN_SCREEN] = ["\x1b[?1049h", "\x1b[?1049l"];
const [HIDE_CURSOR, SHOW_CURSOR] = ["\x1b[?25l", "\x1b[?25h"];
const [HOME, CLEAR_LINE, CLEAR_BELOW] = ["\x1b[H", "\x1b[K", "\x1b[J"];

export interface ScreenOptions {
  /** Whether texts are for programs: they follow each other on a terminal, too, with nothing between them. */
  readonly isForPrograms?: boolean;
  readonly output?: Output;
  /** Writes to the output. */
  readonly write?: (text: string) => void;
  /** The size of the terminal in characters. */
  readonly size?: () => { readonly columns: number; readonly rows: number };
}

function writeOut(text: string): void {
  let left = new TextEncoder().encode(text);
  while (left.length > 0) left = left.subarray(Deno.stdout.writeSync(left));
}

/** Disposing of it gives the terminal back as it was, with the last text on it. */
export class Screen implements Disposable {
  /** Whether it draws in one place. */
  readonly isRedrawn: boolean;
  readonly #write: (text: string) => void;
  readonly #size: NonNullable<ScreenOptions["size"]>;
  /** What stands between two texts that follow each other. */
  readonly #gap: string;
  #last: string | undefined;

  constructor({ isForPrograms = false, output = ownOutput(), write, size }: ScreenOptions = {}) {
    this.isRedrawn = isControllable(output) && !isForPrograms;
    this.#gap = isForPrograms ? "" : "\n";
    this.#write = write ?? writeOut;
    this.#size = size ?? Deno.consoleSize;
  }

  /** Characters of a line; nothing where a line may be as long as it is. */
  get width(): number | undefined {
    return this.isRedrawn ? this.#size().columns || undefined : undefined; // 0: its size was never set
  }

  /** Writes a text that stays. @param text Has no text from elsewhere that is not harmless. */
  write(text: string): void {
    this.#write(text);
  }

  /** Shows a text until the next one. @param text Has no text from elsewhere that is not harmless. */
  show(text: string): void {
    if (!this.isRedrawn) {
      this.#write(this.#last === undefined ? text : this.#gap + text);
      this.#last = text;
      return;
    }
    const begin = this.#last === undefined ? OTHER_SCREEN + HIDE_CURSOR : "";
    this.#last = text;
    const rows = this.#size().rows || Infinity;
    const lines = text.trimEnd().split("\n");
    const fitting = lines.length < rows
      ? lines
      : [...lines.slice(0, rows - 2), `(${lines.length - rows + 2} more lines)`];
    const drawn = fitting.map((line) => line + CLEAR_LINE).join("\r\n");
    this.#write(begin + HOME + drawn + CLEAR_BELOW);
  }

  [Symbol.dispose](): void {
    if (!this.isRedrawn || this.#last === undefined) return;
    this.#write(SHOW_CURSOR + OWN_SCREEN + this.#last);
    this.#last = undefined;
  }
}

/** Aborts at the signals by which a user ends a command. Disposing of it ends that. */
export class UntilSignal implements Disposable {
  readonly #ended = new AbortController();
  readonly #end = () => this.#ended.abort();

  constructor() {
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, this.#end);
  }

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  [Symbol.dispose](): void {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.removeSignalListener(signal, this.#end);
    }
  }
}
