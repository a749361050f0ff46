import assert from "node:assert/strict";
import { formatPort, fromShortPort, parsePort, PORT, toShortPort } from "./ports.ts";

/** Reserved ports in 32 bits (OpenFlow 1.5.1 section 7.2.1.2) and in 16 (OpenFlow 1.0.0 section 5.2.1). */
const PORTS: readonly [name: string, number: number, short: number][] = [
  ["1", 1, 1],
  ["65279", 0xfeff, 0xfeff],
  ["UNSET", PORT.UNSET, 0xfff7],
  ["IN_PORT", PORT.IN_PORT, 0xfff8],
  ["TABLE", PORT.TABLE, 0xfff9],
  ["NORMAL", PORT.NORMAL, 0xfffa],
  ["FLOOD", PORT.FLOOD, 0xfffb],
  ["ALL", PORT.ALL, 0xfffc],
  ["CONTROLLER", PORT.CONTROLLER, 0xfffd],
  ["LOCAL", PORT.LOCAL, 0xfffe],
  ["ANY", PORT.ANY, 0xffff],
];

Deno.test.each(PORTS)("port %s is %s, and %s in 16 bits", (name, number, short) => {
  assert.equal(formatPort(number), name);
  assert.equal(parsePort(name), number);
  assert.equal(parsePort(name.toLowerCase()), number);
  assert.equal(toShortPort(number), short);
  assert.equal(fromShortPort(short), number);
});

Deno.test("parsePort() takes 0x and NONE, and no word that names no port", () => {
  assert.equal(parsePort("0x10"), 16);
  assert.equal(parsePort("none"), PORT.ANY);
  for (const text of ["", "p1", "MAX", "1.5", "-1"]) {
    assert.throws(() => parsePort(text), { name: "TypeError", message: /^Cannot use port "/ });
  }
});
