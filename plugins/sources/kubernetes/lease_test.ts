/** The election against an API server that does not go on with its answers. */
import "../../../test/lab/environment.ts";
import assert from "node:assert/strict";
import { delay } from "../../../core/api.ts";
import { Election } from "./lease.ts";
import { NODES, Pace } from "./pace.ts";
import { type ApiRequest, ApiServer } from "./api_server.ts";
import { SilentServerError } from "./api_errors.ts";

/** Milliseconds after which an agent that cannot renew its Lease must not lead, and what a busy machine adds. */
const [ELECTED, SLACK] = [6000, 1500];
/** Milliseconds that a request about the Lease may take. */
const ONE_REQUEST = 3000;

/** An answer that begins and never goes on. */
const stalled = () =>
  new Response(new ReadableStream({ start: (body) => body.enqueue(new Uint8Array([123])) }));

/** A client of a server that has no Lease, grants the first one after `late` milliseconds, and then stalls. */
async function withServer(
  late: number,
  test: (server: ApiServer, asked: readonly number[]) => Promise<void>,
): Promise<void> {
  const asked: number[] = [];
  const granted = async (request: Request) => {
    const lease = await request.json();
    await delay(late);
    return Response.json({ ...lease, metadata: { ...lease.metadata, resourceVersion: "1" } });
  };
  const listening = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      if (request.url.endsWith("/livez")) return new Response("ok");
      if (request.method === "PUT" || asked.length > 2) return stalled();
      asked.push(performance.now());
      return request.method === "GET" ? new Response(null, { status: 404 }) : granted(request);
    },
  );
  const file = await Deno.makeTempFile();
  const server = `http://127.0.0.1:${listening.addr.port}`;
  await Deno.writeTextFile(
    file,
    JSON.stringify({
      "current-context": "c",
      "clusters": [{ name: "c", cluster: { server } }],
      "users": [{ name: "c", user: { token: "t" } }],
      "contexts": [{ name: "c", context: { cluster: "c", user: "c" } }],
    }),
  );
  try {
    using client = await ApiServer.from(file);
    await test(client, asked);
  } finally {
    await listening.shutdown();
    await Deno.remove(file);
  }
}

async function isElectedFor(late: number): Promise<void> {
  await withServer(late, async (server, asked) => {
    const over = new AbortController();
    const problems: (readonly [number, Error])[] = [];
    const election = new Election({
      server,
      namespace: "sluice-system",
      identity: "node1",
      pace: new Pace(),
      signal: over.signal,
      onState: (error) => error && problems.push([performance.now(), error]),
    });
    const terms: number[] = [];
    await election.run(async (signal) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      terms.push(performance.now());
      over.abort();
    });
    const [, posted] = asked as [number, number];
    assert.equal(terms.length, 1);
    const [lasted] = terms.map((end) => end - posted);
    assert.ok(lasted! < ELECTED + SLACK, `elected for ${lasted} ms`);
    assert.ok(problems[0]![1] instanceof SilentServerError, `${problems[0]![1]}`);
    // The first renewal is 2.5 s after the grant
    const waited = problems[0]![0] - posted - late - 2500;
    assert.ok(waited < ONE_REQUEST + SLACK, `the request took ${waited} ms`);
  });
}

Deno.test("an API server whose answers do not end: the agent is not elected any more after 6 s", () =>
  isElectedFor(0));

Deno.test("an answer that comes late: the agent counts the 6 s from its request", () =>
  isElectedFor(2000));

/** A server whose Lease another agent of a large cluster holds, and does not renew. */
function abandoned(onPut: (holder: string) => void): ApiServer {
  const json = (_: string, { method, body }: ApiRequest = {}) => {
    if (method === "PUT") onPut(Object(body).spec.holderIdentity);
    return Promise.resolve({
      metadata: {
        name: "sluice-leader",
        resourceVersion: "1",
        annotations: { [NODES]: "5000" },
      },
      spec: {
        holderIdentity: "other",
        leaseDurationSeconds: 1,
        renewTime: "2026-01-01T00:00:00.000000Z",
      },
    });
  };
  return { url: "test:", json } as unknown as ApiServer;
}

Deno.test("in a large cluster, an agent that is no deputy soon takes a Lease that nobody renews", async () => {
  const over = new AbortController();
  const holders: string[] = [];
  const election = new Election({
    server: abandoned((holder) => holders.push(holder)),
    namespace: "sluice-system",
    identity: "node1",
    pace: new Pace(() => {}, () => 0.5),
    signal: over.signal,
    onState: () => {},
  });
  await election.run(async () => {
    over.abort();
    await Promise.resolve();
  });
  assert.equal(holders[0], "node1");
});
