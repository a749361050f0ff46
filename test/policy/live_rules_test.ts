/** Rules are narrowed, widened and removed while packets never pause: after two seconds each copy is as they say. */
import { Random } from "../ownership/random.ts";
import { eachAgrees } from "./changes.ts";
import type { Rule } from "./oracle.ts";
import { include, mirrorOf, peer, podsOf, skip } from "./world.ts";

const SEED = 1;
const PODS = podsOf("p1", "p2", "p3");
const PRIVATE = [peer("10.0.0.0/8"), peer("fd20::/16")];
const NARROW = [peer("10.20.4.0/22"), peer("fd20:4::/32")];
const [LOW, ALL_PORTS] = [[{ port: 1, endPort: 1023 }], [{ port: 1, endPort: 65535 }]];

/** A mirror of all Pods, and one of a single Pod with another cut, which share their target. */
const both = (rules: readonly Rule[] | undefined, truncateBytes?: number) => ({
  pods: PODS,
  mirrors: [
    mirrorOf("all", { team: "all" }, {
      ...(rules && { rules }),
      ...(truncateBytes !== undefined && { truncateBytes }),
    }),
    mirrorOf("one", { app: "p1" }, {
      rules: [include({ protocol: "TCP", tcpFlags: "SYN" })],
      truncateBytes: 128,
    }),
  ],
});

Deno.test("rules that are narrowed, widened and removed count for packets that never pause", async (t) => {
  await eachAgrees(t, new Random(SEED), [
    ["private peers", both([include({ peers: PRIVATE })])],
    ["narrowed: fewer peers", both([include({ peers: NARROW })])],
    ["narrowed: low ports of TCP", both([include({ protocol: "TCP", ports: LOW, peers: NARROW })])],
    ["widened: all peers, and cut", both([include({ protocol: "TCP", ports: ALL_PORTS })], 64)],
    [
      "a rule before",
      both([skip({ protocol: "TCP", peers: NARROW }), include({ peers: PRIVATE })], 64),
    ],
    ["rules removed", both(undefined)],
    ["all skipped, but for those of the other mirror", both([skip()])],
    ["no mirror", { pods: PODS, mirrors: [] }],
  ]);
});
