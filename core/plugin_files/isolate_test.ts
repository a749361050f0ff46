/** Calls into a plugin that runs in a process of its own. */
import "../../test/lab/environment.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { MAIN, PLUGINS } from "../../test/lab/paths.ts";
import { Channel } from "./channel.ts";
import { Isolate } from "./isolate.ts";
import { RelayThread } from "./relay_thread.ts";

const COMMAND = [Deno.execPath(), "run", "--quiet", "--allow-read", "--allow-env", MAIN];
const OF = { tableBase: 200 };
const learned = (priority: number) => ({ table: 200, priority, match: {}, actions: [] });

Deno.test("after a call that is not answered, no late answer is taken for that of another call", async () => {
  const channel = new Channel();
  const guest = new Channel(channel.memory);
  guest.toOwner(JSON.stringify({ type: "pipeline", name: "p", data: {}, methods: ["bridge"] }));
  const served = { channel, ready: Promise.resolve(), call: () => {}, end: () => {} };
  const options = { file: "/plugins/p.ts", command: [], onFault: () => {}, relayTime: 20 };
  const loaded = await Isolate.load(options, { serve: () => served });
  assert.ok("isolate" in loaded);
  const ask = (of: number) => loaded.isolate.call({ method: "bridge", args: [of] });
  assert.throws(() => ask(1), /bridge is not answered$/);
  guest.toOwner(JSON.stringify({ result: "the answer to the first call" }));
  assert.throws(() => ask(2), /is stopped, as it did not answer a call, until SIGHUP$/);
});

Deno.test("a function of a plugin that returns nothing has not failed", async () => {
  const text = await Deno.readTextFile(join(PLUGINS, "mirror_only.ts"));
  const method = "  learnedPort: ({ priority }) => priority === 7 ? 70 : undefined,\n";
  const changed = text.replace("  podPort: (pod)", `${method}  podPort: (pod)`);
  assert.notEqual(changed, text);
  const file = await Deno.makeTempFile({ prefix: "slisolate", suffix: ".ts" });
  using relay = new RelayThread();
  const awake = setInterval(() => {}, 1000); // The thread alone does not keep a process that waits for it
  try {
    await Deno.writeTextFile(file, changed);
    const faults: string[] = [];
    const options = {
      file,
      command: [...COMMAND, "plugin", "serve"],
      onFault: (_: string, message: string) => faults.push(message),
    };
    const loaded = await Isolate.load(options, relay);
    assert.ok("isolate" in loaded, JSON.stringify(loaded));
    const { isolate } = loaded;
    isolate.call({ method: "create", args: [OF] });
    const portOf = (priority: number) =>
      isolate.call({ method: "learnedPort", args: [learned(priority)], of: OF });
    assert.equal(portOf(7), 70);
    assert.equal(portOf(8), undefined);
    assert.equal(portOf(7), 70);
    assert.deepEqual(faults, []);
    isolate.end();
  } finally {
    clearInterval(awake);
    await Deno.remove(file);
  }
});
