import assert from "node:assert/strict";
import { keepsOldActions } from "./refresh.ts";

Deno.test.each<[string, string | undefined, boolean]>([
  ["netdev", "3.1.0", true],
  ["netdev", "2.17.9", true],
  ["netdev", "3.4.2", true],
  ["netdev", "3.5.0", false],
  ["netdev", "3.10.1", false],
  ["netdev", "4.0.0", false],
  ["netdev", undefined, true],
  ["netdev", "unknown", true],
  ["system", "3.1.0", false],
  ["", "3.1.0", false],
])("datapath type %p, version %p: may keep old actions: %p", (datapathType, ovsVersion, keeps) => {
  const facts = { name: "br0", external_ids: {}, ovsExternalIDs: {}, datapathType };
  assert.equal(
    keepsOldActions({ ...facts, ...(ovsVersion !== undefined && { ovsVersion }) }),
    keeps,
  );
});
