/** The rows for broadcast and multicast, as far as packets do not show them. */
import assert from "node:assert/strict";
import { ALL_VLANS, type FloodReceiver, LIMITS, type PortVLANs } from "../../core/api.ts";
import { carries, namedVLANs } from "./_flood.ts";
import { LEGS_OF_ROW } from "./_leg_lists.ts";
import interpose from "./interpose.ts";

const pipeline = interpose.create({ tableBase: 200 });

type Copies = FloodReceiver["ingress"]["copies"];

/** A port of a Pod in all VLANs. */
const receiver = (ofport: number, copies: Copies): FloodReceiver => ({
  ofport,
  vlans: ALL_VLANS,
  ingress: { id: ofport, copies, hops: [] },
});
const mirror = (index: number) => ({
  to: [{ name: `ids${index}`, ofport: 100 + index }],
  counter: 1 + index,
});
/** Copies to one mirror, of which a filter says which packets they are of. */
const legs = (count: number, from = 0): Copies =>
  Array.from({ length: count }, (_, index) => {
    const leg = 1000 + from + index;
    return { ...mirror(0), scope: { rules: [] }, leg, filter: leg };
  });
const flood = (...receivers: FloodReceiver[]) => pipeline.flood!(receivers, { withVLANs: [] });
const mirrors = (count: number): Copies => Array.from({ length: count }, (_, i) => mirror(i));

const MOST = LIMITS.floodedLookups;
/** For a mirror, and for so many legs of it. */
const OF_MIRROR = 3;
const forLegs = (legs: number) => OF_MIRROR + 2 * legs + Math.ceil(legs / LEGS_OF_ROW);
const MOST_MIRRORS = MOST / OF_MIRROR;
const MOST_LEGS = 1288;

Deno.test.each<[what: string, most: Copies, more: Copies, message: string]>([
  [
    "mirrors",
    mirrors(MOST_MIRRORS),
    mirrors(MOST_MIRRORS + 1),
    `"${MOST_MIRRORS + 1}" mirrors: that takes ${MOST + OF_MIRROR} lookups`,
  ],
  [
    "TrafficControls with a scope",
    legs(MOST_LEGS),
    legs(MOST_LEGS + 1),
    `"1" mirrors for ${MOST_LEGS + 1} TrafficControls with a scope: ` +
    `that takes ${forLegs(MOST_LEGS + 1)} lookups`,
  ],
])(
  "more copies than Open vSwitch can make of one packet are refused: %s",
  (_, most, more, message) => {
    assert.ok(flood(receiver(1, most)).length > 0);
    assert.throws(() => flood(receiver(1, more)), {
      name: "RangeError",
      message: `Cannot copy broadcast to ${message}, more than ${MOST}`,
    });
  },
);

Deno.test("more copies of a Pod's own packets than Open vSwitch can make are refused, in each direction", () => {
  const most = LIMITS.treatmentLookups / OF_MIRROR;
  for (const direction of ["egress", "ingress"] as const) {
    const treatment = (copies: Copies) =>
      pipeline.treatment(direction, { id: 1, copies, hops: [] });
    assert.ok(treatment(mirrors(most)).length > 0);
    assert.throws(() => treatment(mirrors(most + 1)), {
      name: "RangeError",
      message: `Cannot copy a Pod's packets to "${most + 1}" mirrors: ` +
        `that takes ${
          LIMITS.treatmentLookups + OF_MIRROR
        } lookups, more than ${LIMITS.treatmentLookups}`,
    });
  }
});

/** Measured with Open vSwitch 3.1: to which ports NORMAL sends packets of VLANs 0, 10, 20, and one that no port names. */
Deno.test.each<[PortVLANs, readonly boolean[]]>([
  [ALL_VLANS, [true, true, true, true]],
  [{ mode: "trunk", own: 0, trunks: [10] }, [false, true, false, false]],
  [{ mode: "access", own: 10, trunks: [] }, [false, true, false, false]],
  [{ mode: "dot1q-tunnel", own: 10, trunks: [] }, [false, true, false, false]],
  [{ mode: "native-tagged", own: 10, trunks: [] }, [false, true, true, true]],
  [{ mode: "native-untagged", own: 10, trunks: [] }, [false, true, true, true]],
  [{ mode: "native-untagged", own: 10, trunks: [20] }, [false, true, true, false]],
  [{ mode: "native-untagged", own: 10, trunks: [0, 20] }, [false, true, true, false]],
  [{ mode: "native-untagged", own: 0, trunks: [20] }, [false, false, true, false]],
  [{ mode: "native-untagged", own: 0, trunks: [] }, [true, true, true, true]],
])("the VLANs that a port carries: %p", (vlans, expected) => {
  assert.deepEqual([0, 10, 20, undefined].map((vlan) => carries(vlans, vlan)), expected);
  assert.deepEqual([30, 40].map((vlan) => carries(vlans, vlan)), [expected[3], expected[3]]);
  assert.ok(namedVLANs(vlans).every((vlan) => [0, 10, 20].includes(vlan)));
});
