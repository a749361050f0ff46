/** A switch that is half broken: it holds the connection, and does not answer one thing. */
import "../../../test/lab/environment.ts";
import assert from "node:assert/strict";
import { NotConnectedError, ProtocolError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { delay } from "../../base/timer.ts";
import { Writer } from "../fields/binary.ts";
import { encodeMessage, type Frame, MESSAGE } from "../messages/header.ts";
import { type Behaviour, HELLO, Peer } from "../testing/peer.ts";
import { type BundleMessage, commitBundle } from "./bundle.ts";
import type { Connection } from "./connection.ts";
import { MULTIPART, multipart } from "./multipart.ts";

/** Milliseconds. An echo is answered much sooner, also on a busy machine. */
const TIMES = { requestTimeout: 400, echoInterval: 50, echoTimeout: 400 } as const;
const MORE = 1;

const answerTo = ({ type, xid }: Frame) =>
  type === MESSAGE.multipart_request ? part(xid, 0) : encodeMessage({ type: type + 1, xid });

/** One message of the answer to a multipart request. */
function part(xid: number, flags: number, bytes = 0): Uint8Array {
  return encodeMessage({ type: MESSAGE.multipart_reply, xid }, (writer) => {
    writer.u16(MULTIPART.flow_desc).u16(flags).zeros(4 + bytes);
  });
}

/** Answers echo requests, and tells of ports all the time, as a switch does that works. */
const lively = (rest: Behaviour): Behaviour => async (frame, peer) => {
  if (frame.type !== MESSAGE.echo_request) return await rest(frame, peer);
  await peer.send(answerTo(frame));
  await peer.send(encodeMessage({ type: MESSAGE.port_status, xid: 0 }, (w) => w.zeros(8)));
};

/** Answers everything but messages of this type. */
const swallowing = (type: number) =>
  lively(async (frame, peer) => {
    if (frame.type !== type) await peer.send(answerTo(frame));
  });

const dump = (connection: Connection) =>
  multipart(connection, { type: MULTIPART.flow_desc, write: () => {}, read: () => [] });

type Use = (connection: Connection) => Promise<unknown>;
const barrier: Use = (connection) => connection.request(MESSAGE.barrier_request);
const bundle: Use = (connection) =>
  commitBundle(connection, [{ type: "flow_delete", filter: {} }], { id: 1 });
/** Asks for nothing. */
const idle: Use = async (connection) => {
  throw await connection.closed;
};

/** What the switch does, what it is asked, and what the error says. */
const CASES: readonly [string, Behaviour, Use, RegExp][] = [
  [
    "swallows a barrier",
    swallowing(MESSAGE.barrier_request),
    barrier,
    /barrier_request within 400/,
  ],
  [
    "swallows a dump",
    swallowing(MESSAGE.multipart_request),
    dump,
    /multipart_request flow_desc within 400/,
  ],
  [
    "swallows the end of a dump",
    lively(({ xid }, peer) => peer.send(part(xid, MORE, 8))),
    dump,
    /multipart_request flow_desc within 400/,
  ],
  [
    "swallows the commit of a bundle",
    swallowing(MESSAGE.bundle_control),
    bundle,
    /bundle_control commit within 400/,
  ],
  [
    "answers to another xid",
    lively(({ type, xid }, peer) => peer.send(encodeMessage({ type: type + 1, xid: xid + 100 }))),
    barrier,
    /barrier_request within 400/,
  ],
  [
    "sends bytes, and no answer to an echo",
    (_, peer) => peer.send(encodeMessage({ type: MESSAGE.port_status, xid: 0 })),
    barrier,
    /no answer to (echo|barrier)_request within 400/,
  ],
  [
    "answers echoes by another xid",
    ({ xid }, peer) => peer.send(encodeMessage({ type: MESSAGE.echo_reply, xid: xid + 1 })),
    idle,
    /no answer to echo_request within 400/,
  ],
  [
    "promises 65,535 bytes, and answers echoes by them",
    async (frame, peer) => {
      if (frame.type === MESSAGE.barrier_request) await peer.send(Uint8Array.fromHex("0615ffff"));
      else await peer.send(answerTo(frame));
    },
    barrier,
    /no answer to (echo|barrier)_request within 400/,
  ],
];

Deno.test.each(CASES)(
  "the connection to a switch that %s ends, with an error that names what had no answer",
  async (_, behaviour, use, expected) => {
    await using peer = new Peer(behaviour);
    await using connection = await peer.connect(HELLO, TIMES);
    const used = use(connection);
    used.catch(() => {}); // it is looked at below, if it ends
    const reason = await connection.closed;
    assert.ok(reason instanceof NotConnectedError, String(reason));
    assert.match(reason.message, expected);
    assert.ok(reason.message.includes(peer.address), reason.message);
    await assert.rejects(used, NotConnectedError);
  },
);

Deno.test("an answer without end is refused when it is longer than the limit", async () => {
  const bytes = new Writer();
  await using peer = new Peer(async ({ type, xid }, { send }) => {
    if (type !== MESSAGE.multipart_request) return;
    const one = part(xid, MORE, 60_000);
    for (let count = 0; count < 100; count++) bytes.bytes(one);
    const many = bytes.finish();
    for (let sent = 0; sent < LIMITS.openflowAnswer; sent += many.length) {
      await send(many);
    }
  });
  await using connection = await peer.connect(HELLO);
  await assert.rejects(dump(connection), /the answer to multipart_request flow_desc.*longer than/);
  assert.ok(await connection.closed instanceof ProtocolError);
});

Deno.test("a connection on which every answer comes lasts", async () => {
  await using peer = new Peer(lively((frame, { send }) => send(answerTo(frame))));
  await using connection = await peer.connect(HELLO, TIMES);
  let echoes = 0;
  while (echoes < 5) {
    await barrier(connection);
    echoes = peer.received.filter(({ type }) => type === MESSAGE.echo_request).length;
  }
  assert.equal(await Promise.race([connection.closed, Promise.resolve("open")]), "open");
});

/** Of a switch whose main loop is slow: how many messages it takes in a turn, and the milliseconds of a turn. */
const TURN = { messages: 50, time: 10 } as const;

Deno.test("a slow switch may take longer for a bundle than for an answer: each part of it is a sign of life", async () => {
  let taken = 0;
  await using peer = new Peer(async (frame, peer) => {
    if (++taken % TURN.messages === 0) await delay(TURN.time);
    if (frame.type !== MESSAGE.bundle_add) await peer.send(answerTo(frame));
  });
  const times = { requestTimeout: 1000, echoInterval: 50, echoTimeout: 1000 };
  await using connection = await peer.connect(HELLO, times);
  const members = Array<BundleMessage>(10_000).fill({ type: "flow_delete", filter: {} });
  let parts = 0;
  const begin = performance.now();
  await commitBundle(connection, members, { id: 1, onPart: () => parts++ });
  assert.ok(performance.now() - begin > times.requestTimeout, "the switch was too quick");
  assert.ok(parts > 1, `${parts}`);
});
