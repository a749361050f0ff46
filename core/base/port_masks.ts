/** Ranges of ports as values with masks, which is how a flow matches them. @module */

const BITS = 16;
const ALL = 2 ** BITS - 1;

/** A value and a mask of 16 bits: all ports that have the value's bits where the mask has ones. */
export type PortMask = readonly [value: number, mask: number];

/**
 * The fewest values with masks that are exactly the ports of a range: 30 at most.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(portMasks(8000, 8007), [[8000, 0xfff8]]);
 * assert.deepEqual(portMasks(1, 3), [[1, 0xffff], [2, 0xfffe]]);
 * ```
 */
export function portMasks(first: number, last: number): PortMask[] {
  const masks: PortMask[] = [];
  for (let port = first; port <= last;) {
    let size = 1;
    while (port % (size * 2) === 0 && port + size * 2 - 1 <= last) size *= 2;
    masks.push([port, ALL - size + 1]);
    port += size;
  }
  return masks;
}
