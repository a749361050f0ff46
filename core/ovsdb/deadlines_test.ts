/** A server that is half broken: it holds the connection, and does not answer one thing. */
import "../../test/lab/environment.ts";
import assert from "node:assert/strict";
import { NotConnectedError } from "../base/errors.ts";
import { OvsdbSession } from "./session.ts";
import { type Answer, FakeServer, idle, swallowing } from "./testing/fake_server.ts";
import { eventually } from "./testing/server.ts";

/** Milliseconds. */
const TIMES = { timeout: 400, requestTimeout: 400, probeInterval: 400 } as const;

/** Sends notifications all the time, as a server does that works. */
const lively = (answer: Answer): Answer => async (request, connection) => {
  await answer(request, connection);
  await connection.send({ id: null, method: "update3", params: ["sluice", "", {}] });
};

/** Uses a session with the server until it connects again. @returns Why it was disconnected. */
async function session(server: FakeServer, use: (session: OvsdbSession) => Promise<void>) {
  const reasons: (string | undefined)[] = [];
  const over = new AbortController();
  const made = new OvsdbSession({
    address: server.address,
    times: TIMES,
    onChange() {},
    onState: (state, reason) => {
      if (state === "disconnected") reasons.push(reason?.message);
    },
  });
  const running = made.run(over.signal);
  try {
    await use(made);
    await eventually(() => server.accepted.length > 1 || undefined);
    return reasons[0] ?? "connected again for no reason";
  } finally {
    over.abort();
    await running;
  }
}

const connected = (made: OvsdbSession) => eventually(() => made.connected || undefined);

/** What the server does, what is asked of it, and what the reason says. */
const CASES: readonly [string, Answer, (made: OvsdbSession) => Promise<unknown>, RegExp][] = [
  [
    "swallows a transaction",
    lively(idle),
    async (made) => {
      await connected(made);
      await assert.rejects(made.transact([]), NotConnectedError);
    },
    /no answer to transact within 400 ms/,
  ],
  [
    "swallows the request for all rows",
    lively(swallowing("monitor_cond_since")),
    () => Promise.resolve(),
    /no answer to monitor_cond_since within 400 ms/,
  ],
  [
    "swallows echoes, and sends updates",
    lively(swallowing("echo")),
    connected,
    /no answer to echo/,
  ],
  [
    "answers an echo by another id",
    ({ id, ...request }, connection) =>
      idle({ ...request, id: request.method === "echo" ? -1 : id }, connection),
    connected,
    /no answer to echo within 400 ms/,
  ],
  [
    "cancels the monitor",
    async (request, connection) => {
      await idle(request, connection);
      if (request.method !== "monitor_cond_since") return;
      await connection.send({ id: null, method: "monitor_canceled", params: ["sluice"] });
    },
    () => Promise.resolve(),
    /the server has canceled the monitor/,
  ],
  [
    "sends a text that does not end",
    async (request, connection) => {
      await idle(request, connection);
      if (request.method !== "monitor_cond_since") return;
      await connection.write(new TextEncoder().encode('{"method": "'));
    },
    () => Promise.resolve(),
    /no answer to echo within 400 ms/,
  ],
];

Deno.test.each(CASES)(
  "the session with a server that %s connects again, and says why",
  async (_, answer, use, expected) => {
    await using server = new FakeServer(answer);
    const reason = await session(server, async (made) => void await use(made));
    assert.match(reason, expected);
    assert.ok(reason.includes(server.address), reason);
  },
);

Deno.test("the session with a server that answers every echo lasts", async () => {
  await using server = new FakeServer(lively(idle));
  const over = new AbortController();
  const made = new OvsdbSession({
    address: server.address,
    times: TIMES,
    onChange() {},
    onState() {},
  });
  const running = made.run(over.signal);
  const echoes = () => server.requests.filter(({ method }) => method === "echo").length;
  await eventually(() => echoes() >= 3 || undefined);
  assert.equal(server.accepted.length, 1);
  over.abort();
  await running;
});
