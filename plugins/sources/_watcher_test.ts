import assert from "node:assert/strict";
import { rescanInterval } from "./_watcher.ts";

/** Milliseconds of a processor that a scan takes for a file, measured. */
const SCAN = 0.05;

Deno.test("a small folder is scanned every 3 s, a large one so rarely that it costs little", () => {
  assert.equal(rescanInterval({ duration: 2, files: 10 }, true), 3000);
  for (const files of [100, 1000, 10_000]) {
    const interval = rescanInterval({ duration: files * SCAN, files }, true);
    assert.ok(files * SCAN / interval < 0.003, `${files} files: ${interval} ms`);
  }
  assert.equal(
    rescanInterval({ duration: 10_000, files: 10 }, true),
    200_000,
    "a slow file system",
  );
});

Deno.test("without events, e.g. as the kernel allows no more of them, a large folder is scanned each second, too", () => {
  assert.equal(rescanInterval({ duration: 50, files: 1000 }, false), 1000);
});
