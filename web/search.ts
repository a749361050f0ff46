/** Search: which items have all words of a text somewhere. Pure. @module */

/** The texts of items, made once for each: an item that changes is another object. */
const TEXTS = new WeakMap<object, string>();

function textOf(item: object): string {
  const known = TEXTS.get(item);
  if (known !== undefined) return known;
  const text = JSON.stringify(item).toLowerCase();
  TEXTS.set(item, text);
  return text;
}

/** The items in which all words of the text are, in capitals or not; all items if there is no word. */
export function search<Value extends object>(
  items: readonly Value[],
  text: string,
): readonly Value[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return items;
  return items.filter((item) => words.every((word) => textOf(item).includes(word)));
}
