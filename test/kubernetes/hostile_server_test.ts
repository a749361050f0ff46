/** An API server, or something in front of it, that never ends what it sends, or ends it at once, or asks to wait. */
import assert from "node:assert/strict";
import { LIMITS } from "../../core/base/limits.ts";
import { endless, type Fault, HttpFaults } from "./http_faults.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { eventually } from "../lab/ovs.ts";
import { Watched } from "./watched.ts";

const withServer = apiServerTests();
const NAMESPACES = "/api/v1/namespaces";
/** Requests for Namespaces. */
const [LIST, WATCH] = [/namespaces\?limit/, /namespaces\?watch/];

const makeNamespace = (server: KubeApiServer, name: string) =>
  server.must("POST", NAMESPACES, { metadata: { name } });
const status = (code: number) =>
  `${JSON.stringify({ type: "ERROR", object: { kind: "Status", code, message: "broken" } })}\n`;

/** Answers to every watch, what is told about them, and how many requests they may cost in `TIME`. */
const WATCHES:
  readonly (readonly [what: string, fault: Omit<Fault, "times" | "of">, told: RegExp])[] = [
    [
      "ends at once",
      { status: 200, body: () => "" },
      /^Cannot watch ".*namespaces": it ends at once$/,
    ],
    ["is answered by 500", { status: 500 }, /^Cannot GET .*namespaces: 500 fault 500$/],
    ["is answered by 410", { status: 410 }, /^Cannot GET .*namespaces: 410 fault 410$/],
    [
      "has an error of code 500",
      { status: 200, body: () => status(500) },
      /^Cannot watch: broken$/,
    ],
    [
      "has an error of code 410",
      { status: 200, body: () => status(410) },
      /^Cannot watch: broken$/,
    ],
    [
      "has an object without metadata",
      {
        status: 200,
        body: () => `${JSON.stringify({ type: "ADDED", object: { metadata: null } })}\n`,
      },
      /^Cannot watch ".*namespaces": an event has no object with a resourceVersion$/,
    ],
    ["is no JSON", { status: 200, body: () => "{\n" }, /JSON/],
    [
      "has a line without an end",
      { status: 200, body: () => endless("x") },
      /event: it has over \d+ bytes$/,
    ],
  ]; // deno-fmt-ignore

/** Milliseconds from the first request in which requests are counted. */
const TIME = 6000;
/** After pauses of 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 1.5 s at least, eight times a list and a watch. */
const MOST_REQUESTS = 16;

async function assertHolds(
  server: KubeApiServer,
  [what, fault, told]: typeof WATCHES[number],
): Promise<void> {
  const name = crypto.randomUUID();
  await using faults = await HttpFaults.start(server);
  faults.answer({ ...fault, times: Infinity, of: WATCH });
  await using namespaces = await Watched.through(server, faults);
  const start = performance.now();
  await eventually(what, () => told.test(namespaces.issues()), 30_000);
  await makeNamespace(server, name);
  await namespaces.sees("the change", (objects) => objects.has(name));
  await eventually("enough time", () => performance.now() > start + TIME, TIME * 2);
  const end = faults.requests[0]!.at + TIME;
  const early = faults.requests.filter(({ at }) => at < end);
  assert.ok(early.length <= MOST_REQUESTS, `${what}: ${early.length} requests`);
  assert.match(namespaces.issues(), told);
  faults.forgive();
  await eventually(`${what}: no problem`, () => namespaces.issues() === "", 15_000);
}

Deno.test(
  withServer(
    "each watch fails: it is told, the server is not asked often, and changes arrive by lists",
    async (server) => {
      await Promise.all(WATCHES.map((each) => assertHolds(server, each)));
    },
  ),
);

Deno.test(
  withServer(
    "a server that ends each watch after an event is not asked in a tight loop",
    async (server) => {
      await using faults = await HttpFaults.start(server);
      const event = { type: "BOOKMARK", object: { metadata: { resourceVersion: "1" } } };
      const body = () => `${JSON.stringify(event)}\n`;
      faults.answer({ status: 200, body, times: Infinity, of: WATCH });
      await using namespaces = await Watched.through(server, faults);
      await namespaces.sees("a snapshot", () => true);
      const start = performance.now();
      await eventually("enough time", () => performance.now() > start + TIME, TIME * 2);
      assert.ok(faults.requests.length <= 20, `${faults.requests.length} requests`);
      assert.equal(namespaces.issues(), "");
    },
  ),
);

/** Answers that are no list, and what is told of each. */
const NO_LISTS: Readonly<Record<string, RegExp>> = {
  "{}": /Cannot list ".*namespaces.*": the answer has no items and no resourceVersion$/,
  "null": /Cannot list ".*namespaces.*": the answer has no items and no resourceVersion$/,
  '{"items": [null], "metadata": {"resourceVersion": "1"}}':
    /^.*Cannot use objects of ".*": one has no metadata$/,
};

Deno.test(
  withServer("an answer that is no list is told, and deletes nothing", async (server, t) => {
    for (const [body, told] of Object.entries(NO_LISTS)) {
      await t.step(body, async () => {
        await using faults = await HttpFaults.start(server);
        await using namespaces = await Watched.through(server, faults);
        await namespaces.sees("a snapshot", (objects) => objects.has("default"));
        await faults.watched(WATCH); // from now on there is none
        faults.answer({ status: 200, body: () => body, times: Infinity, of: LIST });
        faults.answer({ status: 410, times: Infinity, of: WATCH });
        await faults.expire(WATCH);
        await eventually("the problem", () => told.test(namespaces.issues()), 15_000);
        await namespaces.sees("what was there", (objects) => objects.has("default"));
        faults.forgive();
        await eventually("no problem", () => namespaces.issues() === "", 15_000);
      });
    }
  }),
);

Deno.test(
  withServer("410 within each list is told until the list succeeds", async (server) => {
    await Promise.all(
      Array.from({ length: 501 }, (_, index) => makeNamespace(server, `page-${index}`)),
    );
    await using faults = await HttpFaults.start(server);
    faults.answer({ status: 410, times: Infinity, of: /namespaces\?limit.*continue=/ });
    await using namespaces = await Watched.through(server, faults);
    await eventually("the problem", () => /410 fault 410/.test(namespaces.issues()), 15_000);
    assert.deepEqual(namespaces.events, []);
    faults.forgive();
    await namespaces.sees("all", (objects) => objects.has("page-500"));
    await eventually("no problem", () => namespaces.issues() === "", 15_000);
  }),
);

for (const seconds of ["86400", "3000000", "999999999999999999999"]) {
  Deno.test(
    withServer(
      `Retry-After: ${seconds} is obeyed for a while: one request, and no tight loop`,
      async (server) => {
        await using faults = await HttpFaults.start(server);
        const headers = { "retry-after": seconds };
        faults.answer({ status: 429, headers, times: Infinity, of: LIST });
        await using namespaces = await Watched.through(server, faults);
        await eventually("the problem", () => /429/.test(namespaces.issues()), 15_000);
        const start = performance.now();
        await eventually("enough time", () => performance.now() > start + 2000);
        assert.equal(faults.seen(LIST).length, 1);
      },
    ),
  );
}

Deno.test(
  withServer(
    "--silence of 35 days is a time like any other: the watch goes on",
    async (server) => {
      await using faults = await HttpFaults.start(server);
      const options = { silence: 3_000_000 };
      await using namespaces = await Watched.through(server, faults, "Namespace", options);
      await faults.watched(WATCH);
      const start = performance.now();
      await eventually("enough time", () => performance.now() > start + 2000);
      assert.equal(faults.seen(WATCH).length, 1);
      assert.equal(namespaces.issues(), "");
    },
  ),
);

const PAGE = `{"items":[],"metadata":{"resourceVersion":"1","continue":"more"}}`;
const FULL_PAGE = JSON.stringify({
  items: Array.from({ length: 5000 }, (_, index) => ({ metadata: { name: `n${index}` } })),
  metadata: { resourceVersion: "1", continue: "more" },
});

/** Answers to every list, and what is told about them. */
const LISTS: readonly (readonly [what: string, body: () => BodyInit, told: RegExp])[] = [
  [
    "a page without an end",
    () => endless(" "),
    /^Cannot list ".*namespaces": an object is too large$/,
  ],
  [
    "pages without an end",
    () => PAGE,
    /^Cannot list ".*namespaces": it does not end after 0 objects$/,
  ],
  [
    "objects without an end",
    () => FULL_PAGE,
    /^Cannot list ".*namespaces": it does not end after \d+ objects$/,
  ],
  ["no list", () => '{"metadata":{}}', /./],
]; // deno-fmt-ignore

for (const [what, body, told] of LISTS) {
  Deno.test(
    withServer(`a list that has ${what} is given up and told`, async (server) => {
      await using faults = await HttpFaults.start(server);
      faults.answer({ status: 200, body, times: Infinity, of: LIST });
      await using namespaces = await Watched.through(server, faults);
      await eventually("the problem", () => told.test(namespaces.issues()), 120_000);
      assert.deepEqual(namespaces.events, []);
      faults.forgive();
      await namespaces.sees("a snapshot", () => true);
    }),
  );
}

Deno.test(
  withServer(
    "a page of a list that is too large is asked for in smaller pages",
    async (server) => {
      const annotations = Object.fromEntries(
        Array.from({ length: 4 }, (_, index) => [`a/${index}`, "x".repeat(60_000)]),
      );
      const count = Math.ceil(LIMITS.listPage / 240_000) + 5;
      for (let index = 0; index < count; index++) {
        const metadata = { name: `large-${index}`, annotations };
        await server.must("POST", NAMESPACES, { metadata });
      }
      await using faults = await HttpFaults.start(server);
      await using namespaces = await Watched.through(server, faults);
      await namespaces.sees("all", (objects) => objects.has(`large-${count - 1}`));
      assert.ok(faults.seen(/limit=250/).length > 0);
      assert.equal(namespaces.issues(), "");
    },
  ),
);
