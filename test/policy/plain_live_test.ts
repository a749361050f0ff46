/** What compares packets that never pause with the oracle, on mirrors without rules. */
import assert from "node:assert/strict";
import { Lab } from "../lab/lab.ts";
import { Random } from "../ownership/random.ts";
import { LiveTraffic } from "./live.ts";
import type { Mirror } from "./oracle.ts";
import { randomUnicast } from "./random.ts";
import { HOSTS, mirrorOf, podsOf } from "./world.ts";

const FLOWS = 60;
const PODS = podsOf("p1", "p2", "p3");
const ALL = { team: "all" };

/** What stands in place of all mirrors before. */
const ROUNDS: readonly (readonly [string, readonly Mirror[]])[] = [
  ["two targets", [mirrorOf("a", ALL), mirrorOf("b", { app: "p2" }, { target: "t1" })]],
  ["one direction, another target", [mirrorOf("a", ALL, { direction: "Ingress", target: "t2" })]],
  ["none", []],
];

Deno.test("packets that never pause are copied as the last change of plain mirrors says", async (t) => {
  await using lab = await Lab.start(HOSTS.length);
  await using traffic = await LiveTraffic.start(lab, randomUnicast(new Random(1), FLOWS));
  for (const [name, mirrors] of ROUNDS) {
    await t.step(name, async () => {
      const faults = await traffic.faultsAfter({ pods: PODS, mirrors });
      assert.deepEqual(faults.slice(0, 5), [], `${faults.length} faults`);
    });
  }
});
