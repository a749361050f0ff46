/** Divides what would be too long for one flow. @module */

/** A list in parts of a length. The last one may be shorter; an empty list has none. */
export function partsOf<T>(list: readonly T[], length: number): T[][] {
  return Array.from(
    { length: Math.ceil(list.length / length) },
    (_, part) => list.slice(part * length, (part + 1) * length),
  );
}
