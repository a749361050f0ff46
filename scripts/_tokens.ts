/** The tokens of a TypeScript file, as far as reading its imports needs them: without comments. @module */

export interface Token {
  readonly kind: "word" | "string" | "template" | "literal" | "mark";
  /** As it stands in the file, with quotes; of a template, the part before its first `${`. */
  readonly text: string;
  /** Where it begins. */
  readonly at: number;
}

const SPACE_OR_COMMENT = /(?:\s|\/\/[^\n]*|\/\*[^]*?\*\/|^#![^\n]*)+/y;
const NUMBER = /\.?\d(?:[eE][+-]\d|[\w.])*/y;
const WORD = /[#\w$\u0080-\uffff]+/y;
const STRING = /"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'/y;
const REGULAR_EXPRESSION = /\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y;
/** From its begin, or from a `}`, to its end or to the next `${`. */
const TEMPLATE = /[`}](?:[^`\\$]|\\[^]|\$(?!\{))*(?:`|\$\{)/y;
const MARK = /\+\+|--|=>|[!=]==?|[^]/y;

/** Words after which an expression begins, so that a slash begins a regular expression. */
const BEFORE_EXPRESSION = new Set(
  "await case delete do else extends in instanceof new of return throw typeof void yield".split(
    " ",
  ),
);
/** Words whose parentheses a statement follows. */
const WITH_CONDITION = new Set(["if", "while", "for", "with"]);
const ENDS_VALUE = new Set([")", "]", "}", "++", "--"]);

/** An open bracket. */
interface Bracket {
  readonly text: string;
  /** It is that of `if (...)`. */
  readonly isCondition: boolean;
}

class Scanner {
  readonly tokens: Token[] = [];
  readonly #open: Bracket[] = [];
  #at = 0;
  /** What stands before is a value, so that a slash divides it. */
  #afterValue = false;

  constructor(readonly text: string) {}

  scan(): Token[] {
    this.#match(SPACE_OR_COMMENT);
    while (this.#at < this.text.length) {
      this.#next();
      this.#match(SPACE_OR_COMMENT);
    }
    return this.tokens;
  }

  #next(): void {
    const character = this.text[this.#at]!;
    const continues = character === "}" && this.#open.at(-1)?.text === "${";
    if (continues) this.#open.pop();
    if (continues || character === "`") return this.#template(continues);
    if (this.#take("literal", NUMBER) || this.#take("string", STRING)) this.#afterValue = true;
    else if (this.#take("word", WORD)) {
      this.#afterValue = !BEFORE_EXPRESSION.has(this.tokens.at(-1)!.text) || this.#isMember();
    } else if (!this.#afterValue && this.#take("literal", REGULAR_EXPRESSION)) {
      this.#afterValue = true;
    } else this.#mark();
  }

  #template(continues: boolean): void {
    if (continues) this.#match(TEMPLATE);
    else if (!this.#take("template", TEMPLATE)) this.#at = this.text.length;
    const isOpen = this.text.startsWith("${", this.#at - 2);
    if (isOpen) this.#open.push({ text: "${", isCondition: false });
    this.#afterValue = !isOpen;
  }

  #mark(): void {
    const before = this.tokens.at(-1)?.text ?? "";
    this.#take("mark", MARK);
    const { text } = this.tokens.at(-1)!;
    const isCondition = WITH_CONDITION.has(before);
    if ("([{".includes(text)) this.#open.push({ text, isCondition });
    const closed = ")]}".includes(text) ? this.#open.pop() : undefined;
    // `value! / 2`
    const isAssertion = text === "!" && this.#afterValue;
    this.#afterValue = isAssertion || ENDS_VALUE.has(text) && !closed?.isCondition;
  }

  /** `x.in` is a value. */
  #isMember(): boolean {
    return this.tokens.at(-2)?.text === ".";
  }

  #take(kind: Token["kind"], pattern: RegExp): boolean {
    const at = this.#at;
    if (!this.#match(pattern)) return false;
    this.tokens.push({ kind, text: this.text.slice(at, this.#at), at });
    return true;
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }
}

export function tokensOf(text: string): readonly Token[] {
  return new Scanner(text).scan();
}
