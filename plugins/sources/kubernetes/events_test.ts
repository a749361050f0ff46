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
