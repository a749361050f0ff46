import assert from "node:assert/strict";
import { ovsSupport, TESTED_OVS, TESTED_OVS_RANGE } from "./ovs_versions.ts";

Deno.test.each<[string, ReturnType<typeof ovsSupport>]>([
  ["2.17.9", "unusable"],
  ["3.0.7", "older"],
  ["3.1.0", "tested"],
  ["3.3.2", "tested"],
  ["4.0.0", "tested"],
  ["4.0.90", "tested"],
  ["4.1.0", "newer"],
  ["10.0.0", "newer"],
  ["3", undefined],
  ["unknown", undefined],
])("Open vSwitch %s is %s", (version, support) => assert.equal(ovsSupport(version), support));

Deno.test("every version of the table is a tested one, and the range goes from the first to the last", () => {
  for (const version of Object.keys(TESTED_OVS)) assert.equal(ovsSupport(`${version}.9`), "tested");
  assert.equal(TESTED_OVS_RANGE, "3.1 to 4.0");
});
