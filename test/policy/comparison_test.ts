import assert from "node:assert/strict";
import { faultsOf, type Place, wantedOf } from "./comparison.ts";
import { EVERYONE } from "./oracle.ts";
import { build, type Sent } from "./packets.ts";
import { mirrorOf, podsOf, shapeOf } from "./world.ts";

const NAMES = ["p1", "p2", "p3"];
const WORLD = {
  pods: podsOf("p1"),
  mirrors: [mirrorOf("m", { app: "p1" }, { truncateBytes: 64 })],
};
const SENT = build(shapeOf("p1", "p2", { length: 200 }));
const WANTED = wantedOf(SENT.packet, WORLD, NAMES);

/** A place at which these frames have come, whatever their keys are. */
const place = (name: string, ...frames: readonly Uint8Array[]): Place => ({
  name,
  framesOf: () => frames,
});
const cut = (length: number) => SENT.frame.slice(0, length);
function changed({ frame }: Sent, at: number): Uint8Array {
  const copy = frame.slice();
  copy[at]! ^= 1;
  return copy;
}

Deno.test("a packet is received whole, and copied as the oracle says", () => {
  assert.deepEqual(Object.fromEntries(WANTED), { p2: 200, t0: 64 });
  const all = build(shapeOf("p2", EVERYONE, { length: 200 }));
  assert.deepEqual(Object.fromEntries(wantedOf(all.packet, WORLD, NAMES)), {
    p1: 200,
    p3: 200,
    t0: 64,
  });
});

/** What has come to a place, and how the line begins that is said of it; nothing if it is right. */
const LAST = SENT.frame.length - 1;
const CASES: readonly (readonly [string, Place, string | undefined])[] = [
  ["right", place("t0", cut(64)), undefined],
  ["missing", place("t0"), "t0: nothing, not 64"],
  ["twice", place("t0", cut(64), cut(64)), "t0: 64 and 64, not 64"],
  ["too long", place("t0", cut(65)), "t0: 65, not 64"],
  ["one that must not be", place("t1", cut(200)), "t1: 200, not nothing"],
  ["received", place("p2", cut(200)), undefined],
  ["lost", place("p2"), "p2: nothing, not 200"],
  ["cut for its receiver", place("p2", cut(96)), "p2: 96, not 200"],
  ["another byte", place("p2", changed(SENT, LAST)), "p2: other bytes than were sent, not 200"],
  ["another packet with the key", place("t1", changed(SENT, 30)), undefined],
];

Deno.test.each(CASES)("what came is compared: %s", (_name, at, wanted) => {
  const [fault] = faultsOf(SENT, WANTED, [at]);
  assert.equal(fault?.slice(0, wanted?.length ?? 0), wanted);
});
