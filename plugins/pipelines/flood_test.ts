/** The rows for broadcast and multicast, as far as packets do not show them. */
import assert from "node:assert/strict";
import { ALL_VLANS, type FloodReceiver, LIMITS, type PortVLANs } from "../../core/api.ts";
import { carries, namedVLANs } from "./_flood.ts";
import interpose from "./interpose.ts";

const pipeline = interpose.create({ tableBase: 200 });

function receiver(mirrors: number): FloodReceiver {
  const copies = Array.from({ length: mirrors }, (_, index) => ({
    to: [{ name: `ids${index}`, ofport: 100 + index }],
    counter: 1 + index,
  }));
  return { ofport: 1, vlans: ALL_VLANS, ingress: { id: 1, copies, hops: [] } };
}

Deno.test("more mirrors than Open vSwitch can serve with one packet are refused", () => {
  const most = LIMITS.floodedCopies;
  assert.ok(pipeline.flood!([receiver(most)], { withVLANs: [] }).length > 0);
  assert.throws(() => pipeline.flood!([receiver(most + 1)], { withVLANs: [] }), {
    name: "RangeError",
    message: `Cannot copy broadcast to "${most + 1}" mirrors: more than ${most}`,
  });
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
