/** The comparison sees each kind of fault, and none where there is none. */
import assert from "node:assert/strict";
import { shapeOf } from "../policy/world.ts";
import { faultsIn, type Place, type Seen } from "./faults.ts";
import { sentOf, SHORTEST, tagged } from "./packets.ts";
import { type Entry, TAIL } from "./sensors.ts";
import { podsOf, redirectOf } from "./world.ts";

const P1 = { app: "p1" };
const WORLD = {
  pods: podsOf("p1", "p2"),
  redirects: ["A", "B"].map((pair, chainOrder) => redirectOf(pair, [P1, pair], { chainOrder })),
};
const SENT = sentOf(shapeOf("p1", "p2", { length: SHORTEST }));
const STAMPS_AT = SHORTEST - TAIL;

/** The frame behind sensors with these numbers. */
function stamped(...numbers: readonly number[]): Uint8Array {
  const frame = SENT.frame.slice();
  frame.set(numbers, STAMPS_AT);
  return frame;
}
const changed = (frame: Uint8Array, at: number) => frame.with(at, frame[at]! ^ 1);

const hostWith = (name: string, ...frames: readonly Uint8Array[]): Place => ({
  name,
  framesOf: () => frames,
});
const into = (pair: string, frame: Uint8Array): Entry => ({ pair, id: SENT.id, frame });
const RIGHT = [into("inA", stamped()), into("inB", stamped(1))];

function faults(ports: readonly Place[], journal: readonly Entry[], more: Partial<Seen> = {}) {
  const seen = { ports, journal, pairs: ["inA", "inB"], vlanAt: () => undefined, ...more };
  return faultsIn([SENT], { world: WORLD, seen }).map((fault) => fault.split(": p1 ")[0]);
}
const arrived = (...frames: readonly Uint8Array[]) => [hostWith("p2", ...frames), hostWith("p4")];

Deno.test("no fault: past both pairs in order, also with the tag of a trunk", () => {
  assert.deepEqual(faults(arrived(stamped(1, 2)), RIGHT), []);
  const trunk = { vlanAt: (host: string) => host === "p2" ? 10 : undefined };
  assert.deepEqual(faults(arrived(tagged(stamped(1, 2), 10)), RIGHT, trunk), []);
});

Deno.test.each(
  [
    ["lost", arrived(), RIGHT, ["at p2: 0 came, past [], not one past [inA,inB]"]],
    ["twice", arrived(stamped(1, 2), stamped(1, 2)), RIGHT, [
      "at p2: 2 came, past [inA,inB] and [inA,inB], not one past [inA,inB]",
    ]],
    ["the other way round", arrived(stamped(2, 1)), RIGHT, [
      "at p2: past [inB,inA], not [inA,inB]",
    ]],
    ["a pair left out", arrived(stamped(1)), [RIGHT[0]!], [
      "at p2: past [inA], not [inA,inB]",
      "0 times in pair inB",
    ]],
    ["a pair passed twice", arrived(stamped(1, 2, 2)), [...RIGHT, RIGHT[1]!], [
      "at p2: past [inA,inB,inB], not [inA,inB]",
      "2 times in pair inB",
    ]],
    ["a byte", arrived(changed(stamped(1, 2), 40)), RIGHT, ["at p2: not as it was sent"]],
    ["a byte before a sensor", arrived(stamped(1, 2)), [
      RIGHT[0]!,
      into("inB", changed(stamped(1), 3)),
    ], ["not as it was sent in pair inB"]],
    ["a tag", arrived(tagged(stamped(1, 2), 10)), RIGHT, ["at p2: not as it was sent"]],
    ["elsewhere", [hostWith("p2", stamped(1, 2)), hostWith("p4", stamped(1))], RIGHT, [
      "at p4: 1 came, past [inA]",
    ]],
  ] as const,
)("a fault: %s", (_name, ports, journal, expected) => {
  assert.deepEqual(faults(ports, journal), expected);
});
