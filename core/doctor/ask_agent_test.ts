import "../../test/lab/environment.ts";
import assert from "node:assert/strict";
import { freePorts } from "../../test/lab/ports.ts";
import { askAgent } from "./ask_agent.ts";

/** Milliseconds to wait for a server that hangs. */
const TIMEOUT = 500;
/** Milliseconds to wait for a server that answers, however busy the machine is. */
const LONG_TIMEOUT = 60_000;

type Answer = (request: Request) => Response | Promise<Response>;

const serve = (answer: Answer) =>
  Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);

/** What `askAgent` says of a server that answers in this way. */
async function ask(answer: Answer, timeout = LONG_TIMEOUT) {
  await using server = serve(answer);
  return await askAgent({ listen: `127.0.0.1:${server.addr.port}` }, timeout);
}

/** Gives no answer as long as the client waits. */
async function hang({ signal }: Request): Promise<Response> {
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  return new Response();
}

Deno.test("an agent that hangs is silent, and no stranger", async () => {
  assert.deepEqual(await ask(hang, TIMEOUT), { state: "silent" });
  const busy = (request: Request) =>
    request.url.endsWith("/readyz") ? new Response("ok") : hang(request);
  assert.deepEqual(await ask(busy, TIMEOUT), { state: "silent" });
});

Deno.test("another server is a stranger, with JSON or without", async () => {
  assert.deepEqual(await ask(() => new Response("hello")), { state: "stranger" });
  assert.deepEqual(await ask(() => Response.json({})), { state: "stranger" });
});

Deno.test("where no server listens, the agent is absent", async () => {
  const [port] = freePorts(1);
  assert.equal((await askAgent({ listen: `127.0.0.1:${port}` }, LONG_TIMEOUT)).state, "absent");
});

Deno.test("an agent that wants a token is asked with it", async () => {
  const tokenFile = await Deno.makeTempFile();
  await Deno.writeTextFile(tokenFile, "correct-horse-battery\n");
  const answer = ({ url, headers }: Request) => {
    if (url.endsWith("/readyz")) return new Response("ok");
    const isRight = headers.get("authorization") === "Bearer correct-horse-battery";
    return isRight ? Response.json({ bridge: "br0" }) : new Response("", { status: 401 });
  };
  await using server = serve(answer);
  const listen = `127.0.0.1:${server.addr.port}`;
  assert.equal((await askAgent({ listen, tokenFile }, LONG_TIMEOUT)).state, "running");
  assert.equal((await askAgent({ listen }, LONG_TIMEOUT)).state, "stranger");
  await Deno.remove(tokenFile);
});
