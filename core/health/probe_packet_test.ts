import assert from "node:assert/strict";
import fc from "fast-check";
import { tshark } from "../../test/lab/tshark.ts";
import { DEFAULT_PROBE, PROBE_MACS } from "../contracts/mod.ts";
import { NONCE_BYTES, probeKey, readProbe, writeProbe } from "./probe_packet.ts";

const address = fc.ipV4().filter((ip) => /^(\d+\.){3}\d+$/.test(ip));
const settings = fc.record({
  protocol: fc.constantFrom("UDP" as const, "ICMP" as const),
  sourceIP: address,
  destinationIP: address,
  port: fc.integer({ min: 1, max: 0xffff }),
  size: fc.integer({ min: 0, max: 9000 }),
});
const content = fc.record({
  direction: fc.constantFrom("there" as const, "back" as const),
  nonce: fc.uint8Array({ minLength: NONCE_BYTES, maxLength: NONCE_BYTES }),
  sequence: fc.nat(),
});
/** tshark always checks the checksum of ICMP. */
const CHECKED = ["ip.check_checksum:TRUE", "udp.check_checksum:TRUE"];

Deno.test("what tshark reads of a probe: addresses, ports, no fragments, right checksums", async () => {
  const samples = fc.sample(fc.tuple(content, settings), 300);
  const fields = ["eth.src", "eth.dst", "ip.src", "ip.dst", "ip.len", "ip.flags.df"];
  const more = ["udp.srcport", "udp.dstport", "icmp.type", "icmp.ident", "icmp.seq"];
  const sums = ["ip.checksum.status", "udp.checksum.status", "icmp.checksum.status"];
  const frames = samples.map(([content, settings]) => writeProbe(content, settings));
  const rows = await tshark(frames, [...fields, ...more, ...sums], { prefer: CHECKED });
  for (const [at, [{ direction, sequence }, settings]] of samples.entries()) {
    const { protocol, sourceIP, destinationIP, port, size } = settings;
    const macs = [PROBE_MACS.source, PROBE_MACS.destination];
    const ips = [sourceIP, destinationIP];
    const there = direction === "there";
    const udp = protocol === "UDP";
    const good = "1";
    assert.deepEqual(rows[at], [
      ...(there ? macs : macs.toReversed()),
      ...(there ? ips : ips.toReversed()),
      `${52 + size}`,
      "1",
      ...(udp ? [`${port}`, `${port}`, "", "", ""] : ["", "", there ? "8" : "0", `${port}`]),
      ...(udp ? [] : [`${sequence & 0xffff}`]),
      ...[good, udp ? good : "", udp ? "" : good],
    ], `${JSON.stringify(settings)} ${direction}`);
  }
});

Deno.test("a probe is read as it was written, whole or cut as the switch cuts it", () => {
  fc.assert(fc.property(content, settings, (content, settings) => {
    const frame = writeProbe(content, settings);
    assert.equal(readProbe(frame, settings), probeKey(content));
    assert.equal(readProbe(frame.subarray(0, 128), settings), probeKey(content));
  }));
});

Deno.test("a frame of other settings or with another byte in its head is no such probe", () => {
  const content = { direction: "there" as const, nonce: new Uint8Array(NONCE_BYTES), sequence: 1 };
  for (const protocol of ["UDP", "ICMP"] as const) {
    const settings = { ...DEFAULT_PROBE, protocol };
    const frame = writeProbe(content, settings);
    const others = [
      { ...settings, port: 9 },
      { ...settings, sourceIP: "198.18.81.207" },
      { ...settings, destinationIP: "198.18.81.207" },
      { ...settings, protocol: protocol === "UDP" ? "ICMP" as const : "UDP" as const },
    ];
    for (const other of others) assert.equal(readProbe(frame, other), undefined);
    const matched = [...Array(15).keys(), 23, ...range(26, 35), ...range(42, 50)];
    for (const at of matched) {
      assert.equal(readProbe(frame.with(at, frame[at]! ^ 1), settings), undefined, `byte ${at}`);
    }
  }
});

Deno.test("any bytes are read without an error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), content, settings, (bytes, content, settings) => {
      assert.equal(readProbe(bytes, settings), undefined);
      const frame = writeProbe(content, settings);
      for (let length = 0; length < 66; length++) {
        assert.equal(readProbe(frame.subarray(0, length), settings), undefined);
      }
    }),
  );
});

function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, i) => first + i);
}
