/** The agent's local API over a real socket. @module */
import assert from "node:assert/strict";
import { API_ROUTES, PAGE_ROUTES, serve } from "../../../core/report/http.ts";
import { delay } from "../../../core/base/timer.ts";
import { LiveState } from "../../../core/report/live_state.ts";
import { defineTarget, none, type Target } from "../target.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const REQUESTS = [
  "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
  "GET /api/v1/state HTTP/1.1\r\nHost: localhost:10360\r\nAccept: */*\r\n\r\n",
  "GET /api/v1/counters HTTP/1.1\r\nHost: localhost:10360\r\n\r\n",
  "GET /api/v1/explain?pod=default/a HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "GET /api/v1/explain?tc=%00&pod HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
  "GET http://[::1]:1/readyz?x=%ff#y HTTP/1.0\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
];
/** Milliseconds for a whole request; short, so that one without an end does not hold up the others. */
const REQUEST = 50;
const ATTEMPTS = 20;
/** Connections take long beside decoding. */
const COST = 200;

const shown = {
  unhealthy: () => [],
  unready: () => [],
  notes: () => [],
  state: () => Promise.resolve({} as never),
  counters: () => Promise.resolve({} as never),
  explain: () => Promise.resolve({} as never),
  metrics: () => Promise.resolve("x 1\n"),
  live: new LiveState({
    mode: "node",
    read: () => Promise.resolve({}),
    changed: (signal) => delay(Infinity, signal),
  }),
};

/** @returns What is answered until the server or the client ends the connection. */
async function answer(address: Deno.ConnectOptions, request: Uint8Array): Promise<string> {
  const connection = await Deno.connect(address);
  try {
    const reading = new Response(connection.readable).text().catch(() => "");
    const writer = connection.writable.getWriter();
    await writer.write(request as Uint8Array<ArrayBuffer>).catch(() => {});
    return await reading;
  } finally {
    try {
      connection.close();
    } catch { /* its streams have closed it */ }
  }
}

/** Whether a request is answered. On a busy machine one may take longer than the short limit of this server. */
async function isHealthy(address: Deno.ConnectOptions): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const text = await answer(address, bytes(REQUESTS[0]!));
    if (/^HTTP\/1\.1 200 [^]*\bok\n/.test(text)) return true;
  }
  return false;
}

/** A target and the server that it talks to. */
export function httpTarget(): { readonly target: Target } & AsyncDisposable {
  const limits = { httpRequest: REQUEST };
  const routes = { ...API_ROUTES, ...PAGE_ROUTES };
  const server = serve({ listen: "127.0.0.1:0", limits, routes }, shown);
  const address = { hostname: "127.0.0.1", port: server.address.port };
  const target = defineTarget<Uint8Array>({
    name: "request to the local API",
    samples: REQUESTS.map(bytes),
    check: async (request) => {
      const text = await answer(address, request);
      assert.match(text, /^$|^HTTP\/1\.1 [2-5]\d\d /);
      assert.ok(await isHealthy(address), "the next request is answered");
    },
    allows: none,
    cost: COST,
  });
  return { target, [Symbol.asyncDispose]: () => Promise.resolve(server.shutdown()) };
}
