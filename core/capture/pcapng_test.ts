import assert from "node:assert/strict";
import fc from "fast-check";
import { readPcapng } from "../../test/lab/pcapng.ts";
import { BlockReader } from "./blocks.ts";
import {
  type CapturedPacket,
  enhancedPacket,
  interfaceDescription,
  interfaceStatistics,
  sectionHeader,
} from "./pcapng.ts";

const TIME = fc.bigInt({ min: 0n, max: 2n ** 63n });
const COUNT = fc.bigInt({ min: 0n, max: 2n ** 63n });
const INTERFACE = fc.record({
  name: fc.string({ unit: "grapheme" }),
  comment: fc.string({ unit: "grapheme" }),
  snapLength: fc.nat({ max: 65535 }),
});
const PACKET = fc.record({
  at: fc.nat(),
  time: TIME,
  data: fc.uint8Array({ maxLength: 100 }),
  cut: fc.nat({ max: 1000 }),
  direction: fc.constantFrom("egress" as const, "ingress" as const),
});
const STATISTICS = fc.record({
  begin: TIME,
  end: TIME,
  received: COUNT,
  dropped: COUNT,
  comment: fc.string({ unit: "grapheme" }),
});
const CAPTURE = fc.record({
  application: fc.string(),
  interfaces: fc.array(INTERFACE, { minLength: 1, maxLength: 4 }),
  packets: fc.array(PACKET, { maxLength: 10 }),
  statistics: STATISTICS,
});

type Given = typeof CAPTURE extends fc.Arbitrary<infer T> ? T : never;

function written({ application, interfaces, packets, statistics }: Given): Uint8Array[] {
  const packetOf = ({ at, cut, data, ...more }: Given["packets"][number]): CapturedPacket => ({
    ...more,
    data,
    at: at % interfaces.length,
    length: data.length + cut,
  });
  return [
    sectionHeader(application),
    ...interfaces.map(interfaceDescription),
    ...packets.map((each) => enhancedPacket(packetOf(each))),
    ...interfaces.map((_, at) => interfaceStatistics({ at, ...statistics })),
  ];
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

Deno.test("another reader reads what is written: names, comments, times, packets and statistics", () => {
  fc.assert(fc.property(CAPTURE, (given) => {
    const { application, interfaces, packets } = readPcapng(joined(written(given)));
    assert.equal(application, given.application);
    const placeOf = (on: unknown) => (interfaces as readonly unknown[]).indexOf(on);
    const statistics = { ...given.statistics };
    assert.deepEqual(
      interfaces,
      given.interfaces.map((each) => ({ ...each, resolution: 6, statistics })),
    );
    assert.deepEqual(
      packets.map(({ on, flags, ...more }) => ({ ...more, flags, at: placeOf(on) })),
      given.packets.map(({ at, time, data, cut, direction }) => ({
        time,
        data,
        length: data.length + cut,
        flags: direction === "egress" ? 2 : 1,
        at: at % interfaces.length,
      })),
    );
  }));
});

Deno.test("blocks are whole however their bytes come, and the last ones tell what was left out", () => {
  fc.assert(fc.property(CAPTURE, fc.integer({ min: 1, max: 50 }), (given, size) => {
    const [all, blocks] = [joined(written(given)), new BlockReader()];
    const whole: Uint8Array[] = [];
    for (let at = 0; at < all.length; at += size) {
      whole.push(blocks.take(all.subarray(at, at + size)).slice());
      readPcapng(joined([sectionHeader(""), ...whole])); // each time, what is there ends with a block
    }
    assert.deepEqual(joined(whole), all);
    assert.deepEqual(blocks.totals(), {
      kept: given.packets.length,
      leftOut: given.statistics.dropped * BigInt(given.interfaces.length),
      why: given.statistics.comment,
      isWhole: true,
    });
  }));
});

Deno.test("a capture without its last blocks is not whole, and one without counts does not say what was left out", () => {
  const begin = [
    sectionHeader("x"),
    interfaceDescription({ name: "a", comment: "", snapLength: 9 }),
  ];
  const end = interfaceStatistics({ at: 0, begin: 0n, end: 1n, comment: "the switch has gone" });
  const reader = (parts: readonly Uint8Array[]) => {
    const blocks = new BlockReader();
    blocks.take(joined(parts));
    return blocks.totals();
  };
  assert.deepEqual(reader(begin), { kept: 0, leftOut: 0n, why: "", isWhole: false });
  assert.equal(reader([...begin, end, end.subarray(0, 20)]).isWhole, false);
  assert.deepEqual(reader([...begin, end]), { kept: 0, why: "the switch has gone", isWhole: true });
});
