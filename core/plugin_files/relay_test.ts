/** Processes of plugin files that do not start. */
import "../../test/lab/environment.ts";
import assert from "node:assert/strict";
import { PluginProcess } from "./plugin_process.ts";
import { loaded } from "./relay.ts";

const TIMEOUT = 300;

Deno.test("a plugin file whose process does not start is given up", async () => {
  const faults: string[] = [];
  const running = new PluginProcess(
    { command: ["sh", "-c", "exec sleep 1000"], file: "slow.ts" },
    (fault) => faults.push(fault),
  );
  const { fatal } = JSON.parse(await loaded(running, TIMEOUT));
  assert.match(fatal, /^does not start/);
  assert.equal(running.hasEnded, true);
  assert.deepEqual(faults, []);
});
