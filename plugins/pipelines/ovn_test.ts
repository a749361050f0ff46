/** What the pipeline `ovn` refuses, and which bridges it is for. test/ovn/ has the tests with a real OVN. */
import assert from "node:assert/strict";
import type { Treatment } from "../../core/api.ts";
import ovn from "./ovn.ts";

const pipeline = ovn.create({ tableBase: 200 });
const hop = (scope: object) => ({ pairs: [{ target: "t", return: "r" }], scope });
const RULES = [{ action: "Include", protocol: "TCP" }];

Deno.test.each<[string, object, readonly string[]]>([
  ["a chain", { chainOrder: 1 }, []],
  ["rules", { rules: RULES }, []],
  ["a chain with rules", { chainOrder: 1, rules: RULES }, ['hops of a chain with "rules"']],
])("a redirect with %s", (_, scope, expected) => {
  const treatment = { copies: [], hops: [hop(scope)] } as unknown as Treatment;
  assert.deepEqual(pipeline.cannot(treatment), expected);
});

Deno.test.each<[string, string, Record<string, string>, boolean]>([
  ["OVN's usual one", "br-int", { "ovn-remote": "ssl:192.0.2.1:6642" }, true],
  ["one that OVN is told to use", "br0", { "ovn-bridge": "br0" }, true],
  ["another than that", "br-int", { "ovn-bridge": "br0", "ovn-remote": "x" }, false],
  ["one to the physical network", "br1", {
    "ovn-remote": "x",
    "ovn-bridge-mappings": "net:br1",
  }, false],
  ["one without OVN", "br-int", {}, false],
])("a bridge: %s", (_, name, ovsExternalIDs, fits) => {
  const facts = { name, external_ids: {}, ovsExternalIDs, datapathType: "netdev" };
  assert.equal(ovn.fits!(facts), fits);
});
