/** Reserved port and group numbers: OpenFlow 1.5.1 sections 7.2.1.2 and 7.3.5.1. @module */

/** Reserved numbers. A port of a bridge has a number below `MAX`. */
export const PORT = {
  MAX: 0xffffff00,
  UNSET: 0xfffffff7,
  IN_PORT: 0xfffffff8,
  TABLE: 0xfffffff9,
  NORMAL: 0xfffffffa,
  FLOOD: 0xfffffffb,
  ALL: 0xfffffffc,
  CONTROLLER: 0xfffffffd,
  LOCAL: 0xfffffffe,
  ANY: 0xffffffff,
} as const;

/** Reserved numbers. A group has a number up to `MAX`. */
export const GROUP = { MAX: 0xffffff00, ALL: 0xfffffffc, ANY: 0xffffffff } as const;

/** The lowest reserved number where ports have 16 bits, as in OpenFlow 1.0. */
const SHORT_MAX = 0xff00;
const SHORT_MASK = 0xffff;
const LONG_BASE = 0xffff0000;

const TEXT: ReadonlyMap<string, number> = new Map(
  Object.entries(PORT).filter(([, n]) => n > PORT.MAX),
);
const NAMES: ReadonlyMap<number, string> = new Map([...TEXT].map(([name, n]) => [n, name]));

/**
 * A port number in 16 bits. A number from 0xff00 up that is not reserved has no such form, and loses its higher bits.
 */
export function toShortPort(port: number): number {
  return port & SHORT_MASK;
}

/** The port number that 16 bits stand for. */
export function fromShortPort(port: number): number {
  return port >= SHORT_MAX ? (LONG_BASE + port) : port;
}

/** A port as text: its number, or the name of a reserved port. */
export function formatPort(port: number): string {
  return NAMES.get(port) ?? String(port);
}

/** A port from text: a number, or the name of a reserved port. @throws {TypeError} If it is neither. */
export function parsePort(text: string): number {
  const reserved = TEXT.get(text.toUpperCase()) ??
    (text.toUpperCase() === "NONE" ? PORT.ANY : undefined);
  if (reserved !== undefined) return reserved;
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(text)) {
    throw new TypeError(`Cannot use port "${text}": neither a number nor a reserved name`);
  }
  return Number(text);
}
