import "../../../test/lab/environment.ts";
import assert from "node:assert/strict";
import { NotConnectedError, ProtocolError } from "../../base/errors.ts";
import { Writer } from "../fields/binary.ts";
import { encodeMessage, MESSAGE } from "../messages/header.ts";
import { HELLO, Peer } from "../testing/peer.ts";
import { until } from "../testing/switch.ts";
import { OpenFlowError, ProtocolMissingError } from "./openflow_errors.ts";

const OTHER_HELLO = Uint8Array.fromHex("0100000800000001"); // version 1.0, no bitmap

Deno.test("a probe of the switch's is answered with its own bytes", async () => {
  await using peer = new Peer();
  await using _connection = await peer.connect(HELLO);
  const probe = { type: MESSAGE.echo_request, xid: 77 };
  await peer.send(encodeMessage(probe, (w) => w.bytes(new Uint8Array([1, 2, 3]))));
  await until("the answer", () => peer.received.length === 2);
  const { type, xid, body } = peer.received[1]!;
  assert.deepEqual([type, xid, [...body]], [MESSAGE.echo_reply, 77, [1, 2, 3]]);
});

Deno.test("messages that come in pieces or together are taken one by one", async () => {
  await using peer = new Peer();
  const seen: number[] = [];
  await using _connection = await peer.connect(HELLO, {
    onFrame: ({ xid }) => void seen.push(xid),
  });
  const writer = new Writer();
  for (const xid of [1001, 1002, 1003]) {
    writer.bytes(encodeMessage({ type: MESSAGE.port_status, xid }, (w) => w.zeros(1000)));
  }
  const bytes = writer.finish();
  for (let at = 0; at < bytes.length; at += 700) await peer.send(bytes.subarray(at, at + 700));
  await until("all of them", () => seen.length === 3);
  assert.deepEqual(seen, [1001, 1002, 1003]);
});

Deno.test("a peer of another version is refused", async () => {
  await using peer = new Peer();
  await assert.rejects(peer.connect(OTHER_HELLO), (error) => {
    assert.ok(error instanceof ProtocolMissingError);
    assert.deepEqual(error.offered, [1]);
    return true;
  });
});

Deno.test("a peer that says nothing is given up", async () => {
  await using peer = new Peer();
  await assert.rejects(peer.connect(new Uint8Array(0), { timeout: 50 }), NotConnectedError);
});

Deno.test.each([
  ["a length that is too small", "0613000400000001"],
  ["another version", "0113000800000001"],
])("%s ends the connection", async (_name, bytes) => {
  await using peer = new Peer();
  await using connection = await peer.connect(HELLO);
  const waiting = assert.rejects(connection.request(MESSAGE.barrier_request), ProtocolError);
  await peer.send(Uint8Array.fromHex(bytes));
  assert.ok(await connection.closed instanceof ProtocolError);
  await waiting;
});

Deno.test("a refused request fails alone, with the name of the error", async () => {
  await using peer = new Peer();
  await using connection = await peer.connect(HELLO);
  const first = connection.request(MESSAGE.barrier_request);
  const second = connection.request(MESSAGE.barrier_request);
  await until("both", () => peer.received.length === 3);
  const [, one, two] = peer.received;
  await peer.send(encodeMessage({ type: MESSAGE.error, xid: one!.xid }, (w) => w.u16(1).u16(5)));
  await assert.rejects(first, (error) => {
    assert.ok(error instanceof OpenFlowError);
    assert.equal(error.errorName, "OFPBRC_EPERM");
    return true;
  });
  await peer.send(encodeMessage({ type: MESSAGE.barrier_reply, xid: two!.xid }));
  await second;
});
