import assert from "node:assert/strict";
import { PROBE_MACS } from "../contracts/mod.ts";
import { countFrame, HEAD, isNews, jsonLine, NOTHING, summary, textLine } from "./counts.ts";

const OFFLOAD = "00".repeat(10);
const [ONE, OTHER] = ["020000000001", "020000000002"];
const probe = (mac: string) => mac.replaceAll(":", "");
const frame = (...parts: readonly string[]) => Uint8Array.fromHex([OFFLOAD, ...parts].join(""));

Deno.test("frames are counted by what they hold, behind any number of VLAN tags; probes by their MACs, alone", () => {
  const counts = { ...NOTHING };
  const [there, back] = [probe(PROBE_MACS.source), probe(PROBE_MACS.destination)];
  countFrame(counts, frame(ONE, OTHER, "0800", "45"));
  countFrame(counts, frame(ONE, OTHER, "86dd", "60"));
  countFrame(counts, frame(ONE, OTHER, "88a80001", "81000005", "86dd", "60"));
  countFrame(counts, frame(ONE, OTHER, "0806"));
  countFrame(counts, frame(there, ONE, "0800", "45"));
  countFrame(counts, frame(there, back, "0800", "45"));
  countFrame(counts, frame(back, there, "0800", "45"));
  assert.deepEqual(counts, {
    ...NOTHING,
    packets: 5,
    bytes: 15 + 15 + 23 + 14 + 15,
    ipv4: 2,
    ipv6: 2,
    other: 1,
    probes: 2,
  });
});

const AT = Date.UTC(2026, 0, 1, 12);
const reading = (seconds: number, counts: Partial<typeof NOTHING>) => ({
  time: AT + 1000 * seconds,
  counts: { ...NOTHING, ...counts },
});

Deno.test("the lines tell the counts, and what passed in a second", () => {
  const [first, before] = [reading(0, {}), reading(2, { packets: 10, bytes: 1000, ipv4: 10 })];
  const now = reading(4, { packets: 30, bytes: 5000, ipv4: 20, ipv6: 10, probes: 10, dropped: 1 });
  assert.equal(HEAD.length, textLine(before, now).length);
  assert.deepEqual(
    textLine(before, now).trim().split(/ +/),
    ["12:00:04", "30", "10", "5000", "2000", "20", "10", "5", "1"],
  );
  assert.deepEqual(JSON.parse(jsonLine(before, now, true)), {
    time: "2026-01-01T12:00:04.000Z",
    ...now.counts,
    packetsPerSecond: 10,
    bytesPerSecond: 2000,
    end: true,
  });
  assert.equal(
    summary(first, reading(4, { ...now.counts, atReturn: 3 })),
    "Forwarded 30 packets, 5000 bytes, in 4 s (20 IPv4, 10 IPv6, 0 other), and 10 health probes; " +
      "did not forward 1; 3 came in at the return device",
  );
});

Deno.test("a line is news if packets passed or were lost, or if probes began or ended", () => {
  const none = reading(0, {});
  assert.ok(!isNews(none, none, reading(1, {})));
  assert.ok(isNews(none, none, reading(1, { packets: 1 })));
  assert.ok(isNews(none, none, reading(1, { dropped: 1 })));
  assert.ok(isNews(none, none, reading(1, { probes: 5 })));
  const probed = [reading(0, { probes: 5 }), reading(1, { probes: 10 })] as const;
  assert.ok(!isNews(...probed, reading(2, { probes: 15 })));
  assert.ok(isNews(...probed, reading(2, { probes: 10 })));
});
