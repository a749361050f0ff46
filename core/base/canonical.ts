/** JSON text by which data can be compared. @module */

/** A value as JSON with the keys of all objects sorted: equal data gives equal text. */
export function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_, inner) =>
      typeof inner === "object" && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a < b ? -1 : 1))
        : inner,
  ) ?? "undefined";
}
