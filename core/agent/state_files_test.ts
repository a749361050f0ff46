import assert from "node:assert/strict";
import { join } from "node:path";
import { NO_LOG } from "../base/log.ts";
import { openState, stateFile } from "./state_files.ts";

const TEXT = (by: string) => JSON.stringify({ version: 1, parts: { objects: { by } } });
const isThere = (file: string) => Deno.stat(file).then(() => true, () => false);

/** Each: whether the bridge has a mark of Sluice, which files there are, and whose state is used. */
Deno.test.each<[string, boolean, { earlier?: true; own?: true }, string | undefined]>([
  ["there is none", true, {}, undefined],
  ["an earlier version's, of this bridge", true, { earlier: true }, "earlier"],
  ["an earlier version's, of nobody here", false, { earlier: true }, undefined],
  ["its own", false, { own: true }, "own"],
  ["its own and an earlier version's", true, { own: true, earlier: true }, "own"],
])("state: %s", async (_, isMarked, has, used) => {
  const stateDir = await Deno.makeTempDir({ prefix: "slr" });
  try {
    const config = { stateDir, bridge: "br 0", source: ["files", "kubernetes"], enabled: true };
    const earlier = join(stateDir, "br%200.files+kubernetes.json");
    const own = stateFile(config, "id");
    assert.equal(own, join(stateDir, "br%200.files+kubernetes.id.json"));
    if (has.earlier) await Deno.writeTextFile(earlier, TEXT("earlier"));
    if (has.own) await Deno.writeTextFile(own, TEXT("own"));
    const database = { id: "id", marked: new Set(isMarked ? [config.bridge] : []) };
    {
      await using state = await openState(config, database, NO_LOG);
      assert.equal(state?.part("objects").get("by"), used);
    }
    assert.equal(await isThere(earlier), has.earlier === true && used !== "earlier");
    await openState({ ...config, enabled: false }, database, NO_LOG);
    assert.equal(await isThere(own), false, "the gate is off");
    assert.equal(
      await openState({ ...config, stateDir: "none" }, database, NO_LOG),
      undefined,
    );
  } finally {
    await Deno.remove(stateDir, { recursive: true });
  }
});
