import assert from "node:assert/strict";
import { join } from "node:path";
import { ownFolder } from "../lab/leftovers.ts";
import { run, tryRun } from "../lab/run.ts";
import { Disk } from "./disk.ts";

Deno.test("a program that starts while the disk is read-only can write when it no longer is", async () => {
  const own = await ownFolder();
  await using _removed = {
    [Symbol.asyncDispose]: () => Deno.remove(own, { recursive: true }),
  };
  const folder = join(own, "disk");
  await using disk = await Disk.mount(folder);
  await disk.readOnly(true);
  const [before, after] = [join(folder, "before"), join(folder, "after")];
  assert.notEqual((await tryRun("touch", [before])).code, 0);
  const waits = `echo; read line; touch ${after}`;
  const program = new Deno.Command("unshare", {
    args: ["--mount", "--propagation", "slave", "sh", "-c", waits],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = program.stdout.getReader();
  await reader.read(); // it has its copy of all mounts now
  await disk.readOnly(false);
  const writer = program.stdin.getWriter();
  await writer.write(new TextEncoder().encode("\n"));
  await writer.close();
  assert.equal((await program.status).success, true);
  await reader.cancel();
  assert.ok((await run("ls", [folder])).includes("after"));
});
