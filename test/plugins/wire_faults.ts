/** A target whose function does the worst for some values. @module */
import { target } from "./folder.ts";

/** Statements, which run for the name of a port. */
export const FAULTS = {
  loops: "for (;;);",
  fills: "const all = []; for (;;) all.push(new Array(1e6).fill(1.5));",
  bytes: "const all = []; for (;;) all.push(new Uint8Array(1e7).fill(1));",
  recurses: "const again = () => again(); again();",
  backtracks: "/^(a+)+$/.test('a'.repeat(50) + 'b');",
  exits: "Deno.exit(3);",
  processexits: "process.exit(3);",
  aborts: "process.abort();",
  endless: "return (function* () { for (;;) yield 1; })();",
  proxies:
    "return new Proxy({}, { ownKeys() { for (;;); }, has() { for (;;); }, get() { for (;;); } });",
  getter: "return { get name() { for (;;); }, type: '', options: {}, identity: '' };",
  throwing:
    "return { get name() { throw new Error('no name'); }, type: '', options: {}, identity: '' };",
  promise: "return new Promise(() => {});",
  huge: "return { name, type: 'internal', options: { a: 'x'.repeat(3e7) }, identity: name };",
  prints: "for (;;) console.log('x'.repeat(1e5));",
} as const;

/** It does each of them for the port of that name. */
export const WIRE = target(
  "wire",
  `port: ({ name }) => {
     ${
    Object.entries(FAULTS).map(([name, text]) => `if (name === "${name}") { ${text} }`).join("\n")
  }
     if (name === "later") setTimeout(() => { for (;;); });
     return { name, type: "internal", options: {}, identity: name };
  },`,
);
