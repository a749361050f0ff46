import assert from "node:assert/strict";
import { askAgent } from "./ask_agent.ts";

/** Milliseconds until what hangs is given up. */
const TIMEOUT = 500;
/** The same for what answers, however busy the machine is. */
const LONG_TIMEOUT = 60_000;

/** What is said of a server that answers so. */
async function ask(
  answer: (path: string) => Response | Promise<Response>,
  timeout = LONG_TIMEOUT,
) {
  const handler = (request: Request) => answer(new URL(request.url).pathname);
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  return await askAgent(`127.0.0.1:${server.addr.port}`, timeout);
}

/** An answer that does not come as long as the client waits. */
async function hang(): Promise<Response> {
  await new Promise((resolve) => setTimeout(resolve, 2 * TIMEOUT));
  return new Response();
}

Deno.test("an agent that hangs is silent, and not somebody else", async () => {
  assert.deepEqual(await ask(hang, TIMEOUT), { state: "silent" });
  const busy = (path: string) => path === "/readyz" ? new Response("ok") : hang();
  assert.deepEqual(await ask(busy, TIMEOUT), { state: "silent" });
});

Deno.test("somebody else is a stranger, with JSON or without", async () => {
  assert.deepEqual(await ask(() => new Response("hello")), { state: "stranger" });
  assert.deepEqual(await ask(() => Response.json({})), { state: "stranger" });
});

Deno.test("nobody is absent", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, hang);
  const { port } = server.addr;
  await server.shutdown();
  assert.equal((await askAgent(`127.0.0.1:${port}`, LONG_TIMEOUT)).state, "absent");
});
