/** Finds what somebody meant who misspelled a word. @module */

/** The most letters that may be wrong. */
const MOST_EDITS = 2;
/** Words with fewer letters for each wrong one are other words. */
const LETTERS_FOR_EDIT = 3;

/** The known word that the given one is nearly; nothing if there is none. Upper and lower case are the same. */
export function nearest(given: string, known: readonly string[]): string | undefined {
  const most = Math.min(MOST_EDITS, Math.floor(given.length / LETTERS_FOR_EDIT));
  return known.find((word) => edits(given.toLowerCase(), word.toLowerCase(), most) <= most);
}

/**
 * The number of letters to add, remove or change to make one word of the other: Levenshtein's distance.
 *
 * @param most If the number is larger, any number above `most` is returned.
 */
function edits(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let before = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...one].entries()) {
    const now = [row + 1];
    for (const [column, wanted] of [...other].entries()) {
      const changed = before[column]! + (letter === wanted ? 0 : 1);
      now.push(Math.min(changed, before[column + 1]! + 1, now[column]! + 1));
    }
    before = now;
  }
  return before.at(-1)!;
}
