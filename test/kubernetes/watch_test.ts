/** How the source `kubernetes` watches a real API server that answers with errors, loses its history, or is silent. */
import assert from "node:assert/strict";
import { HttpFaults } from "./http_faults.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { eventually } from "../lab/ovs.ts";
import { Relay } from "../lab/relay.ts";
import { Watched } from "./watched.ts";

/** Names of more Namespaces than one page of a list has. */
const MANY = Array.from({ length: 501 }, (_, index) => `many-${index}`);
/** Number of requests at the same time. */
const BATCH = 50;
const NAMESPACES = "/api/v1/namespaces";
const withServer = apiServerTests(async (server) => {
  for (let at = 0; at < MANY.length; at += BATCH) {
    await Promise.all(MANY.slice(at, at + BATCH).map((name) => makeNamespace(server, name)));
  }
});
const makeNamespace = (server: KubeApiServer, name: string) =>
  server.must("POST", NAMESPACES, { metadata: { name } });

/** Requests for Namespaces. */
const [LIST, FIRST_PAGE, WATCH] = [
  /namespaces\?limit/,
  /namespaces\?limit=\d+$/,
  /namespaces\?watch/,
];

/** Milliseconds between each request and the next one. */
const gapsOf = (requests: readonly { readonly at: number }[]) =>
  requests.slice(1).map(({ at }, index) => at - requests[index]!.at);

Deno.test(
  withServer(
    "an issue that is over is dropped, although no object changes",
    async (server) => {
      await using faults = await HttpFaults.start(server);
      await using namespaces = await Watched.through(server, faults);
      faults.answer({ status: 500, times: 2, of: WATCH }); // After one more it would list again
      const issues = () => namespaces.source.issues!();
      await eventually("the problem", () => /500 fault 500/.test(issues()[0]?.message ?? ""));
      await eventually("it is over", () => issues().length === 0, 15_000);
      assert.deepEqual(namespaces.events, ["snapshot"]);
    },
  ),
);

Deno.test(
  withServer(
    "the source soon gives up connections on which no byte comes, and opens others",
    async (server) => {
      await using relay = Relay.start(undefined, Number(new URL(server.url).port));
      relay.halfOpen();
      const url = `https://127.0.0.1:${relay.port}`;
      await using namespaces = await Watched.through(server, { url });
      const issues = () => namespaces.source.issues!();
      await eventually("no answer", () => /no answer/.test(issues()[0]?.message ?? ""), 60_000);
      const before = relay.accepted;
      await eventually("another attempt", () => relay.accepted > before);
      relay.strand();
      await namespaces.sees("all", (objects) => objects.has("many-500"));
    },
  ),
);

Deno.test(
  withServer("a new watch goes on from the last bookmark, without a list", async (server) => {
    await using faults = await HttpFaults.start(server);
    await using namespaces = await Watched.through(server, faults);
    await namespaces.sees("all", (objects) => MANY.every((name) => objects.has(name)));
    const { metadata } = await server.must("POST", `${NAMESPACES}/default/configmaps`, {
      metadata: { name: "later" },
    });
    const lists = faults.seen(LIST).length;
    await faults.bookmark(WATCH, metadata.resourceVersion);
    const next = new RegExp(`namespaces\\?watch.*resourceVersion=${metadata.resourceVersion}&`);
    await eventually("the version of the bookmark", () => faults.seen(next).length > 0);
    await makeNamespace(server, "after-the-bookmark");
    await namespaces.sees("the next change", (objects) => objects.has("after-the-bookmark"));
    assert.equal(faults.seen(LIST).length, lists);
  }),
);

Deno.test(
  withServer(
    "after the answer 410 to a watch, or within a list, the source lists again",
    async (server, t) => {
      await using faults = await HttpFaults.start(server);
      await using namespaces = await Watched.through(server, faults);
      const whole = (name: string) =>
        namespaces.sees(
          "all, and one more",
          (objects) => objects.has(name) && MANY.every((one) => objects.has(one)),
        );
      await t.step(
        "410 to a watch, four times: the source lists each time, with growing pauses",
        async () => {
          await faults.watched(WATCH);
          const from = faults.requests.length;
          faults.answer({ status: 410, times: 4, of: WATCH });
          await faults.cut(WATCH);
          await eventually("the fourth", () => faults.seen(FIRST_PAGE, from).length === 4);
          await makeNamespace(server, "after-410");
          await whole("after-410");
          assertGrows(gapsOf(faults.seen(FIRST_PAGE, from)));
          // The list may have the Namespace already: the issue goes with the watch that follows.
          await eventually("no issue", () => namespaces.source.issues!().length === 0);
        },
      );
      await t.step("410 within a list: the source lists from the beginning", async () => {
        const from = faults.requests.length;
        faults.answer({ status: 410, times: 1, of: /namespaces\?limit.*continue=/ });
        await faults.expire(WATCH);
        await makeNamespace(server, "after-the-list");
        await whole("after-the-list");
        assert.equal(faults.seen(FIRST_PAGE, from).length, 2);
      });
    },
  ),
);

/** The first and the longest pause in milliseconds. Up to half of each pause is left to chance. */
const PAUSE = { first: 100, longest: 5000 } as const;
/** A watch that lasts this many milliseconds is a success: the next pause is the first one again. */
const WELL = 3200;
/** Milliseconds by which a timer may be early. */
const EARLY = 2;
/** Milliseconds that a request may take on a loaded machine. */
const SLACK = 5000;

/** Checks that each pause is at least half of its maximum. The maximum doubles with each pause, up to `longest`. */
function assertGrows(gaps: readonly number[], longest = Infinity): void {
  for (const [index, gap] of gaps.entries()) {
    const least = Math.min(PAUSE.first * 2 ** index, longest) / 2;
    assert.ok(gap >= least - EARLY, `${gap} ms, pause ${index + 1}`);
  }
}

Deno.test(
  withServer(
    "after many answers 500, pauses have grown to five seconds at most, differ, and start anew after a success",
    async (server) => {
      await using faults = await HttpFaults.start(server);
      faults.answer({ status: 500, times: 9, of: LIST });
      faults.answer({ status: 500, times: 9, of: /pods\?/ });
      await using namespaces = await Watched.through(server, faults);
      await using pods = await Watched.through(server, faults, "Pod");
      await Promise.all(
        [namespaces, pods].map((watched) =>
          eventually("a snapshot", () => watched.events.length > 0, 80_000)
        ),
      );
      const gaps = [FIRST_PAGE, /pods\?.*limit/].map((of) => gapsOf(faults.seen(of)));
      for (const ofOne of gaps) {
        assert.equal(ofOne.length, 9);
        assertGrows(ofOne, 2000);
        // Without a limit the last pause would be 12.8 s or more.
        assert.ok(Math.max(...ofOne) < PAUSE.longest + SLACK, `${Math.max(...ofOne)} ms`);
      }
      // Pauses relative to the last one. Only the longest are compared: a busy machine changes them least.
      const shares = gaps.flatMap((ofOne) => ofOne.slice(-4).map((gap) => gap / ofOne.at(-1)!));
      assert.ok(Math.max(...shares) - Math.min(...shares) > 0.05, shares.join());
      // A watch that lasts without any event is a success, too.
      await faults.watched(WATCH);
      const age = () => performance.now() - faults.seen(WATCH).at(-1)!.at;
      await eventually("a watch that lasts", () => age() > WELL);
      const from = faults.requests.length;
      faults.answer({ status: 500, times: 1, of: WATCH });
      await faults.cut(WATCH);
      await eventually("another", () => faults.seen(WATCH, from).length === 2);
      const [gap] = gapsOf(faults.seen(WATCH, from));
      assert.ok(gap! < WELL / 2, `${gap} ms`);
    },
  ),
);
