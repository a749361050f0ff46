/** MACs as numbers and as text. Pure. @module */

/** A MAC and why it is that one, or why none is known. */
export type FoundMAC =
  | { readonly mac: string; readonly why: string }
  | { readonly unknown: string };

const DIGITS = 12;

export function macText(mac: bigint): string {
  return mac.toString(16).padStart(DIGITS, "0").match(/../g)!.join(":");
}

const SYNTAX = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i;

export const isMAC = (text: string) => SYNTAX.test(text);
