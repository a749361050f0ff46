import assert from "node:assert/strict";
import { type HttpServer, type HttpServerOptions, serveHttp } from "./http_server.ts";
import { LIMITS } from "../base/limits.ts";
import { delay } from "../base/timer.ts";

type Options = Partial<HttpServerOptions>;

async function withServer(options: Options, test: (server: HttpServer) => Promise<void>) {
  const server = serveHttp({
    listen: "127.0.0.1:0",
    handler: ({ url }) => new Response(new URL(url).pathname),
    ...options,
  });
  try {
    await test(server);
  } finally {
    await server.shutdown();
  }
}

const connect = ({ address: { port } }: HttpServer) =>
  Deno.connect({ hostname: "127.0.0.1", port });
const send = (conn: Deno.Conn, text: string) => conn.write(new TextEncoder().encode(text));

/** All that the server sends until it closes the connection. */
async function received(conn: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(65_536);
  let all = "";
  try {
    for (let length; (length = await conn.read(buffer)) !== null;) {
      all += new TextDecoder().decode(buffer.subarray(0, length));
    }
  } catch {
    // The server has reset the connection
  }
  return all;
}

async function ask(server: HttpServer, ...parts: readonly string[]): Promise<string> {
  using conn = await connect(server);
  for (const part of parts) await send(conn, part);
  return await received(conn);
}

/** More than the kernel keeps of what a client does not read. */
const LARGE = "x".repeat(64 * 1024 * 1024);

const GET = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

const HOST = "Host: x\r\n\r\n";
/** The end of an answer, in one chunk: RFC 9112 section 7.1. */
const PATH_IN_BODY = /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n2\r\n\/a\r\n0\r\n\r\n$/;

const REQUESTS: readonly (readonly [what: string, request: readonly string[], answer: RegExp])[] = [
  ["a path", [GET], PATH_IN_BODY],
  ["a path with a query", [`GET /a?b=c HTTP/1.1\r\n${HOST}`], PATH_IN_BODY],
  ["HTTP/1.0", ["GET /a HTTP/1.0\r\n\r\n"], /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n\/a$/],
  ["the target in its absolute form", [`GET http://x/a HTTP/1.1\r\n${HOST}`], PATH_IN_BODY],
  ["a request in pieces", [...GET], PATH_IN_BODY],
  ["two requests at once: the first is answered", [GET + GET], PATH_IN_BODY],
  [
    "another method",
    ["POST /a HTTP/1.1\r\nContent-Length: 4\r\nHost: x\r\n\r\nbody"],
    /^HTTP\/1\.1 405[^]*allow: GET\r\n/,
  ],
  ["no host", ["GET /a HTTP/1.1\r\n\r\n"], /^HTTP\/1\.1 400 /],
  ["no request", ["\x16\x03\x01 hello\r\n\r\n"], /^HTTP\/1\.1 400 /],
  ["no target", [`GET  HTTP/1.1\r\n${HOST}`], /^HTTP\/1\.1 400 /],
  ["a target that is no URL", [`GET http://[ HTTP/1.1\r\n${HOST}`], /^HTTP\/1\.1 400 /],
  ["a field without a colon", ["GET /a HTTP/1.1\r\nx\r\n\r\n"], /^HTTP\/1\.1 400 /],
  [
    "a header that is too long",
    ["GET /a HTTP/1.1\r\nX: ", "x".repeat(LIMITS.httpHead)],
    /^HTTP\/1\.1 431 /,
  ],
  [
    "a header that is almost as long as allowed",
    [`${GET.slice(0, -2)}X: ${"x".repeat(LIMITS.httpHead - 100)}\r\n\r\n`],
    PATH_IN_BODY,
  ],
];

for (const [what, request, answer] of REQUESTS) {
  Deno.test(`the HTTP server answers: ${what}`, () =>
    withServer({}, async (server) => assert.match(await ask(server, ...request), answer)));
}

Deno.test("a handler that throws costs only its own request", () =>
  withServer(
    { handler: () => Promise.reject(new Error("broken\x1b[31m")) },
    async (server) => {
      for (let times = 0; times < 2; times++) {
        assert.match(await ask(server, GET), /^HTTP\/1\.1 500[^]*broken\\u001b\[31m\n/);
      }
    },
  ));

Deno.test("beyond the limit of connections, the oldest one without a request is closed", () =>
  withServer({}, async (server) => {
    const idle: Deno.Conn[] = [];
    while (idle.length < LIMITS.httpConnections) idle.push(await connect(server));
    assert.match(await ask(server, GET), /^HTTP\/1\.1 200 /);
    const [first, ...others] = idle;
    assert.equal(await received(first!), "");
    for (const conn of others) {
      await send(conn, GET);
      assert.match(await received(conn), /^HTTP\/1\.1 200 /);
    }
    for (const conn of idle) conn.close();
  }));

Deno.test("beyond the limit, a request that is being answered is kept before an idle connection", async () => {
  const [gate, called] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const handler = async ({ url }: Request) => {
    if (url.endsWith("/slow")) {
      called.resolve();
      await gate.promise;
    }
    return new Response("done");
  };
  await withServer({ handler, limits: { httpConnections: 2 } }, async (server) => {
    const slow = ask(server, `GET /slow HTTP/1.1\r\n${HOST}`);
    await called.promise;
    using idle = await connect(server);
    assert.match(await ask(server, GET), /done\r\n/);
    assert.equal(await received(idle), "");
    gate.resolve();
    assert.match(await slow, /done\r\n/);
  });
});

Deno.test("beyond the limit, a new connection waits while all others are answered", async () => {
  const [gate, called] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const handler = async ({ url }: Request) => {
    called.resolve();
    if (url.endsWith("/slow")) await gate.promise;
    return new Response("done");
  };
  await withServer({ handler, limits: { httpConnections: 1 } }, async (server) => {
    const slow = ask(server, `GET /slow HTTP/1.1\r\n${HOST}`);
    await called.promise;
    const next = ask(server, GET);
    await delay(200); // longer than an idle connection has
    gate.resolve();
    for (const answer of [slow, next]) assert.match(await answer, /done\r\n/);
  });
});

Deno.test("beyond the limit, a request that comes at the last moment is answered", () => {
  const handler = () => delay(100).then(() => new Response("done"));
  return withServer({ handler, limits: { httpConnections: 1 } }, async (server) => {
    using first = await connect(server);
    const next = ask(server, GET);
    await delay(20); // the next one waits for the place of the first
    await send(first, GET);
    for (const answer of [received(first), next]) assert.match(await answer, /done\r\n/);
  });
});

Deno.test("beyond the limit, an answer that is read slowly is kept, and one that is not read is not", () =>
  withServer({
    handler: ({ url }) => new Response(url.endsWith("/a") ? "a" : LARGE),
    limits: { httpConnections: 2 },
  }, async (server) => {
    using slow = await connect(server);
    await send(slow, `GET /large HTTP/1.1\r\n${HOST}`);
    using unread = await connect(server);
    await send(unread, `GET /large HTTP/1.1\r\n${HOST}`);
    let read = 0;
    const buffer = new Uint8Array(LARGE.length / 64);
    const reading = (async () => {
      for (let length; (length = await slow.read(buffer)) !== null; await delay(40)) read += length;
    })();
    assert.match(await ask(server, GET), /^HTTP\/1\.1 200 /);
    await reading;
    assert.ok(read > LARGE.length, `${read}`);
    assert.ok((await received(unread)).length < LARGE.length);
  }));

Deno.test("a request that is not complete in time is given up, however it trickles", () =>
  withServer({ limits: { httpRequest: 200 } }, async (server) => {
    using conn = await connect(server);
    const end = received(conn);
    await send(conn, "GET /a HTTP/1.1\r\nX: ");
    const trickle = setInterval(() => send(conn, "x").catch(() => {}), 20);
    assert.equal(await end, "");
    clearInterval(trickle);
  }));

Deno.test("an answer that the client does not read in time is given up", () =>
  withServer({
    handler: () => new Response(LARGE),
    limits: { httpAnswer: 200, httpConnections: 1 },
  }, async (server) => {
    using conn = await connect(server);
    await send(conn, GET);
    // Half of the answer waits in the server, as this client reads nothing: then the connection is reset
    while (await send(conn, "x").then(() => true, () => false));
  }));

Deno.test("a handler that never answers keeps no connection open", () =>
  withServer({
    handler: () => new Promise(() => {}),
    limits: { httpAnswer: 200 },
  }, async (server) => assert.equal(await ask(server, GET), "")));

Deno.test("a server that stops ends idle connections at once, and others after a short time", async () => {
  const called = Promise.withResolvers<void>();
  const handler = () => (called.resolve(), new Promise<Response>(() => {}));
  const server = serveHttp({ listen: "127.0.0.1:0", handler, limits: { httpShutdown: 100 } });
  using idle = await connect(server);
  using asking = await connect(server);
  await send(asking, GET);
  await called.promise;
  const start = performance.now();
  await server.shutdown();
  assert.ok(performance.now() - start < 5000);
  assert.deepEqual([await received(idle), await received(asking)], ["", ""]);
});
