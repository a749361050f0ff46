import assert from "node:assert/strict";
import { macsSeenAt } from "./mac_table.ts";

const TABLE = ` port  VLAN  MAC                Age
    2     0  02:aa:00:00:00:02   10
LOCAL     0  02:aa:00:00:00:09    0
    2    10  02:aa:00:00:00:03  static
`;

Deno.test("the MACs that a bridge has seen at a port are found", () => {
  assert.deepEqual(macsSeenAt(TABLE, 2), ["02:aa:00:00:00:02", "02:aa:00:00:00:03"]);
  assert.deepEqual(macsSeenAt(TABLE, 65534), ["02:aa:00:00:00:09"]);
  assert.deepEqual(macsSeenAt(TABLE, 3), []);
  assert.deepEqual(macsSeenAt("", 3), []);
});
