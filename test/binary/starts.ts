/** Many starts of the binary, all with one cache. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Built } from "./binary.ts";
import { run, tryRun } from "../lab/run.ts";

/** KiB that the runtime may keep. */
const KEPT = 20_000;

/** Each start says the same, and they leave behind what the first one left. */
export async function startOften(built: Built, cache: string, starts: number): Promise<void> {
  const expected = await built.run(cache, "version");
  assert.equal(expected.code, 0);
  const listing = () => run("find", [cache, "-type", "f", "-not", "-path", "*/deno/*"]);
  const before = await listing();
  let started = 0;
  const worker = async () => {
    while (started++ < starts) assert.deepEqual(await built.run(cache, "version"), expected);
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, worker));
  assert.equal(await listing(), before);
  const { stdout } = await tryRun("du", ["-sk", join(await built.unpackedIn(cache), "deno")]);
  assert.ok(parseInt(stdout) < KEPT, `KiB that the runtime keeps: ${stdout}`);
}
