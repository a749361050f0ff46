/** The order of events must not matter. test/kubernetes/status_test.ts has the tests with a real API server. */
import assert from "node:assert/strict";
import { delay } from "../../../core/api.ts";
import type { ApiRequest, ApiServer } from "./api_server.ts";
import { KnownControls } from "./known_controls.ts";
import { Pace } from "./pace.ts";
import { Summarizer } from "./summarizer.ts";

const ENTRY = {
  name: "late",
  observedGeneration: 1,
  realized: false,
  reason: "DeviceMissing",
  message: "create it",
  pods: 1,
  ports: [],
};
const NODES = {
  metadata: { resourceVersion: "1" },
  items: [{ metadata: { name: "node1" }, status: { trafficControls: [ENTRY] } }],
};
const FULL_NODES = {
  metadata: { resourceVersion: "1" },
  items: [{ metadata: { name: "node1" }, status: { leftOut: 7, trafficControls: [ENTRY] } }],
};
/** Milliseconds. Changes are collected for a shorter time, so that the node's report has been handled by then. */
const COLLECTED = 600;

/** A server with the report of one node. It calls `onStatus` with each status that is written. */
function server(
  onStatus: (status: Record<string, unknown>) => void,
  nodes: object = NODES,
): ApiServer {
  const json = (path: string, { method, body }: ApiRequest = {}) => {
    if (method === "PATCH" && path.endsWith("/status")) {
      const { status } = body as { status: Record<string, unknown> };
      onStatus(status);
      return Promise.resolve({ status });
    }
    return Promise.resolve(nodes);
  };
  const request = (_: string, { signal }: ApiRequest = {}) => {
    const start = (watch: ReadableStreamDefaultController) =>
      signal!.addEventListener("abort", () => watch.error(signal!.reason));
    return Promise.resolve(new Response(new ReadableStream({ start })));
  };
  return { url: "test:", json, request, renew() {} } as unknown as ApiServer;
}

Deno.test("a node's report on an object that has not arrived yet counts when the object arrives", async () => {
  const { promise: written, resolve } = Promise.withResolvers<Record<string, unknown>>();
  const stop = new AbortController();
  const controls = new KnownControls();
  const options = {
    server: server(resolve),
    controls,
    pace: new Pace(),
    silence: 60_000,
    onState: () => {},
  };
  const running = new Summarizer(options).run(stop.signal);
  await delay(COLLECTED, stop.signal);
  controls.take({ type: "set", object: { metadata: { name: "late", uid: "u", generation: 1 } } });
  const { ready, failedNodes } = await written;
  stop.abort();
  await running;
  assert.deepEqual({ ready, failedNodes }, { ready: "0/1", failedNodes: 1 });
});

Deno.test("it is said how many TrafficControls a node leaves out of its report", async () => {
  const { promise: written, resolve } = Promise.withResolvers<Record<string, unknown>>();
  const stop = new AbortController();
  const controls = new KnownControls();
  const problems = new Map<string, string | undefined>();
  const running = new Summarizer({
    server: server(resolve, FULL_NODES),
    controls,
    pace: new Pace(),
    silence: 60_000,
    onState: (what, problem) => void problems.set(what, problem?.message),
  }).run(stop.signal);
  controls.take({ type: "set", object: { metadata: { name: "m", uid: "u", generation: 1 } } });
  const { conditions } = await written;
  assert.match(
    JSON.stringify(conditions),
    /No Pod is selected; not known of node1, whose report is full/,
  );
  assert.equal(
    problems.get("Reports of nodes"),
    "Cannot tell the status of all TrafficControls: reports are full, and leave out 7 on node1",
  );
  stop.abort();
  await running;
  assert.equal(problems.get("Reports of nodes"), undefined);
});
