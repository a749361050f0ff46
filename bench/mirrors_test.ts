import assert from "node:assert/strict";
import { eventually } from "../test/lab/ovs.ts";
import { byOvs, byRules, bySluice, Mirrored } from "./mirrors.ts";

Deno.test("all mirrors copy all packets, and Sluice's without rules makes no more megaflows than that of Open vSwitch", async () => {
  await using sluice = await Mirrored.start(bySluice);
  await using rules = await Mirrored.start(byRules);
  await using peer = await Mirrored.start(byOvs);
  const megaflows: number[] = [];
  for (const side of [sluice, peer, rules]) {
    const [first, second] = side.pods;
    const before = await side.copies();
    const { received } = await first.ping(second.ip());
    await eventually(
      "a copy of each request and answer",
      async () => await side.copies() >= before + 2 * received,
    );
    megaflows.push(await side.megaflows());
  }
  assert.deepEqual(megaflows.slice(0, 2), [2, 2], "one for each direction");
});
