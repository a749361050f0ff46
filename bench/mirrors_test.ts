import assert from "node:assert/strict";
import { eventually } from "../test/lab/ovs.ts";
import { byOvs, bySluice, Mirrored } from "./mirrors.ts";

Deno.test("both mirrors copy all packets, and Sluice's makes no more megaflows than that of Open vSwitch", async () => {
  await using sluice = await Mirrored.start(bySluice);
  await using peer = await Mirrored.start(byOvs);
  const megaflows: number[] = [];
  for (const side of [sluice, peer]) {
    const [first, second] = side.pods;
    const before = await side.copies();
    const { received } = await first.ping(second.ip());
    await eventually(
      "a copy of each request and answer",
      async () => await side.copies() >= before + 2 * received,
    );
    megaflows.push(await side.megaflows());
  }
  assert.deepEqual(megaflows, [2, 2], "one for each direction");
});
