/** `sluice status` and a program at the agent's address that is no agent. */
import "../../test/lab/environment.ts";
import assert from "node:assert/strict";
import { LIMITS } from "../base/limits.ts";
import { SluiceError } from "../base/errors.ts";
import { statusCommand } from "./status.ts";

/** Milliseconds that a busy machine adds. */
const SLACK = 2000;

/** A body of which a byte comes now and then. */
function trickling(): Response {
  let timer: ReturnType<typeof setInterval>;
  const body = new ReadableStream({
    start: (body) => void (timer = setInterval(() => body.enqueue(new Uint8Array([32])), 100)),
    cancel: () => clearInterval(timer),
  });
  return new Response(body);
}

Deno.test("an agent whose answer does not end in time: the command ends with an error", async () => {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, trickling);
  const address = `127.0.0.1:${server.addr.port}`;
  const begun = performance.now();
  await assert.rejects(
    statusCommand(new Map()).parseAsync(["--address", address], { from: "user" }),
    (error: Error) => {
      assert.ok(error instanceof SluiceError);
      assert.match(
        error.message,
        /^Cannot reach the agent at "127\.0\.0\.1:\d+": .*due to timeout/,
      );
      return true;
    },
  );
  const waited = performance.now() - begun;
  assert.ok(waited < LIMITS.stateRequest + SLACK, `${waited} ms`);
});
