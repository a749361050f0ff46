/** Reserved port and group numbers: OpenFlow 1.5.1 sections 7.2.1.2 and 7.3.5.1. @module */

/** Ports that are no ports. */
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

/** Groups that are no groups. */
export const GROUP = { MAX: 0xffffff00, ALL: 0xfffffffc, ANY: 0xffffffff } as const;

/** Reserved numbers in fields and structures of 16 bits, as OpenFlow 1.0 has them. */
const SHORT_MAX = 0xff00;
const SHORT_MASK = 0xffff;
const LONG_BASE = 0xffff0000;

const TEXT: ReadonlyMap<string, number> = new Map(
  Object.entries(PORT).filter(([, n]) => n > PORT.MAX),
);
const NAMES: ReadonlyMap<number, string> = new Map([...TEXT].map(([name, n]) => [n, name]));

/** The 16-bit form of a port number. Ports beyond have none and are cut. */
export function toShortPort(port: number): number {
  return port & SHORT_MASK;
}

/** The port that a 16-bit number means. */
export function fromShortPort(port: number): number {
  return port >= SHORT_MAX ? (LONG_BASE + port) : port;
}

/** A number, or the name of a reserved port. */
export function formatPort(port: number): string {
  return NAMES.get(port) ?? String(port);
}

/** @throws {TypeError} If it is neither a number nor the name of a reserved port. */
export function parsePort(text: string): number {
  const reserved = TEXT.get(text.toUpperCase()) ??
    (text.toUpperCase() === "NONE" ? PORT.ANY : undefined);
  if (reserved !== undefined) return reserved;
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(text)) {
    throw new TypeError(`Cannot use port "${text}": not a number`);
  }
  return Number(text);
}
