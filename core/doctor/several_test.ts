import assert from "node:assert/strict";
import type { Finding } from "./check.ts";
import { joinedFindings } from "./several.ts";

const finding = (check: string, message: string): Finding => ({ check, level: "ok", message });

Deno.test("what is found on every bridge is found once, all else names its bridge, beside the same check", () => {
  const common = finding("clock", "The clock is set");
  const found = [
    { bridge: "br0", findings: [finding("a", "Fail mode is secure"), common] },
    { bridge: "br1", findings: [finding("a", 'Bridge "br1" is away'), common] },
  ];
  assert.deepEqual(joinedFindings(found), [
    finding("a", 'Bridge "br0": Fail mode is secure'),
    finding("a", 'Bridge "br1" is away'),
    common,
  ]);
  assert.equal(joinedFindings([found[0]!]), found[0]!.findings, "one bridge is not named");
});
