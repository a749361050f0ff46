/** JSON objects one after another, as `jq -c` and log programs write them, and as kubectl takes them. @module */

/** A part of a text, and the number of lines before it. */
export interface Part {
  readonly text: string;
  readonly linesBefore: number;
}

/** Where a document of YAML begins. A line of a scalar cannot begin so: YAML 1.2.2 section 9.1.2. */
const DOCUMENT = /^---(?=\s|$)/gm;
/** From the end of an object to another one, over comments. */
const NEXT_OBJECT = /\s*(?:#[^\n]*\n\s*)*(?=\{)/y;
const OBJECT_OR_TEXT = /[{}]|"(?:[^"\\\n]+|\\.)*"?/g;

/**
 * Cuts a text between JSON objects that have no separator between them. All else stays together.
 *
 * @param documents Whether to cut between the documents of YAML, too.
 */
export function* partsOf(text: string, { documents = false } = {}): Generator<Part> {
  let [from, linesBefore] = [0, 0];
  for (const cut of cutsIn(text, documents)) {
    const part = text.slice(from, cut);
    yield { text: part, linesBefore };
    linesBefore += part.split("\n").length - 1;
    from = cut;
  }
  yield { text: text.slice(from), linesBefore };
}

function* cutsIn(text: string, documents: boolean): Generator<number> {
  const marks = [0, ...text.matchAll(DOCUMENT).map(({ index }) => index)];
  for (const [index, mark] of marks.entries()) {
    if (documents && index > 0) yield mark;
    const start = index > 0 ? mark + "---".length : 0;
    const end = marks[index + 1] ?? text.length;
    let object = nextObject(text, start);
    while (object !== undefined && object < end) {
      const close = closeOf(text, object, end);
      const next = close === undefined ? undefined : nextObject(text, close);
      if (next === undefined || next >= end || !isJson(text.slice(object, close))) break;
      yield next;
      object = next;
    }
  }
}

/** Where the next object begins, if nothing but blanks and comments stands before it. */
function nextObject(text: string, from: number): number | undefined {
  NEXT_OBJECT.lastIndex = from;
  return NEXT_OBJECT.test(text) ? NEXT_OBJECT.lastIndex : undefined;
}

/** The place after the brace that closes the object, if it stands before `end`. */
function closeOf(text: string, object: number, end: number): number | undefined {
  let depth = 0;
  OBJECT_OR_TEXT.lastIndex = object;
  for (let found = OBJECT_OR_TEXT.exec(text); found; found = OBJECT_OR_TEXT.exec(text)) {
    if (found.index >= end) return undefined;
    if (found[0] === "{") depth++;
    else if (found[0] === "}" && --depth === 0) return OBJECT_OR_TEXT.lastIndex;
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
