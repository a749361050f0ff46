import assert from "node:assert/strict";
import { LIMITS } from "../../../core/api.ts";
import type { ApiServer } from "./api_server.ts";
import { Events } from "./events.ts";

Deno.test("the message of an Event is cut beyond the limit, and harmless", async () => {
  const bodies: string[] = [];
  const json = (_: string, { body }: { readonly body: { readonly message: string } }) =>
    Promise.resolve(void bodies.push(body.message));
  const events = new Events({ json } as unknown as ApiServer);
  const message = `\x1b[31m${"x".repeat(LIMITS.eventText)}`;
  const happening = { type: "Warning", reason: "Conflict", message } as const;
  await events.tell({ name: "m", uid: "u" }, happening, new AbortController().signal);
  const length = message.length;
  assert.deepEqual(bodies, [
    `\\u001b[31m${"x".repeat(LIMITS.eventText - 5)}... (${length} characters)`,
  ]);
});

Deno.test("an Event that comes too soon after the last one with its reason is not written, and it is said when it may be", async () => {
  let writes = 0;
  const json = () => Promise.resolve(void writes++);
  const interval = 60_000;
  const events = new Events({ json } as unknown as ApiServer, interval);
  const tell = (reason: string) =>
    events.tell(
      { name: "m", uid: "u" },
      { type: "Warning", reason, message: "" },
      new AbortController().signal,
    );
  assert.equal(await tell("SensorDown"), 0);
  const wait = await tell("SensorDown");
  assert.ok(wait > 0 && wait <= interval, `${wait}`);
  assert.equal(await tell("Bypassed"), 0);
  assert.equal(writes, 2);
});
