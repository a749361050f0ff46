/** The one file, started again and again: it takes five minutes of CPU. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run, tryRun } from "../lab/run.ts";
import { Built } from "./binary.ts";

const built = await Built.build();
const { warm } = built;
Deno.test.afterAll(() => built[Symbol.asyncDispose]());

Deno.test("of 1,000 starts each does its work, and nothing is left behind", async () => {
  const STARTS = 1000;
  const expected = await built.run(warm, "version");
  assert.equal(expected.code, 0);
  const listing = () => run("find", [warm, "-type", "f", "-not", "-path", "*/deno/*"]);
  const before = await listing();
  const begin = performance.now();
  let started = 0;
  const worker = async () => {
    while (started++ < STARTS) assert.deepEqual(await built.run(warm, "version"), expected);
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, worker));
  console.log(`1,000 starts: ${Math.round((performance.now() - begin) / 1000)} s`);
  assert.equal(await listing(), before);
  const { stdout } = await tryRun("du", ["-sk", join(await built.unpackedIn(warm), "deno")]);
  assert.ok(parseInt(stdout) < 20_000, `KiB that the runtime keeps: ${stdout}`);
});
