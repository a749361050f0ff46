/**
 * Packets are treated as the flows say, also if they never pause while the flows change. Open vSwitch 3.1 keeps old
 * actions in overlapping entries of its cache (`core/model/flows/refresh.ts`), which no test sees whose packets pause.
 */
import assert from "node:assert/strict";
import { app, internal, podObject, trafficControl } from "./lab/agent.ts";
import { flowAges, Lab } from "./lab/lab.ts";
import { eventually } from "./lab/ovs.ts";
import type { TestPod } from "./lab/pod.ts";
import { send } from "./lab/traffic.ts";

/** Destinations of packets that never pause. */
const LIVE = Array.from({ length: 27 }, (_, i) => `10.9.${i * 37 % 200 + 1}.${i * 7 + 1}`);
/** Destinations of packets that come and go: their entries of the cache overlap with those of other packets. */
const other = (i: number) => `10.9.${i * 53 % 254 + 1}.${i * 91 % 254 + 1}`;
const RATE = 1000;

const mirror = (name: string, direction: "Egress" | "Ingress", target: string) =>
  trafficControl(name, {
    appliedTo: app(name),
    direction,
    action: "Mirror",
    targetPort: internal(target),
  });
const OUT = mirror("out", "Egress", "ids0");
const INTO = mirror("into", "Ingress", "ids1");

/** What is to be in the switch: the TrafficControls, how many of the `LIVE` IPs the Pod has, and how many others are sent. */
interface Round {
  readonly out: boolean;
  readonly into: boolean;
  readonly ips: number;
  readonly others: number;
}

/** The rounds that a seed stands for; the last has no TrafficControl. */
function rounds(seed: number, count: number): Round[] {
  let state = seed;
  const below = (limit: number) => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return Math.floor(state / 2 ** 16) % limit;
  };
  const random = Array.from({ length: count }, () => ({
    into: below(2) === 1,
    out: below(2) === 1,
    ips: [0, 5, 14, 27][below(4)]!,
    others: below(3),
  }));
  return [...random, { into: false, out: false, ips: 27, others: 0 }];
}

const number = (ip: string) => ip.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

/** The entries of the cache for the sender's IPv4 packets that do not do what the round says. */
async function wrongEntries(lab: Lab, { out, into, ips }: Round): Promise<string[]> {
  const dump = await lab.ovs.appctl("dpctl/dump-flows", "-m", "netdev@ovs-netdev");
  const own = new Set(LIVE.slice(0, ips).map(number));
  return dump.split("\n").filter((entry) => {
    if (!/in_port\(p1\).*eth_type\(0x0800\)/.test(entry)) return false;
    const [, dst, mask] = /ipv4\([^)]*dst=([\d.]+)(?:\/([\d.]+))?/.exec(entry)!;
    const isPods = (mask ?? "255.255.255.255") === "255.255.255.255" && own.has(number(dst!));
    const actions = entry.split("actions:")[1]!;
    return /ids0/.test(actions) !== out || /ids1/.test(actions) !== (into && isPods);
  });
}

const SEED = Number(Deno.env.get("SLUICE_SEED") ?? 1);

Deno.test(`packets that never pause are treated as the flows say, also after the last TrafficControl (seed ${SEED})`, async () => {
  await using lab = await Lab.start(2);
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  // These ports are the owner's, so that they stay when no TrafficControl uses them.
  for (const name of ["ids0", "ids1"]) {
    await lab.ovs.vsctl("add-port", "br0", name, "--", "set", "interface", name, "type=internal");
  }
  let [others, sent] = [0, 0];
  const done = new AbortController();
  const sending = send({
    from: p1,
    to: p2,
    count: Infinity,
    rate: RATE,
    signal: done.signal,
    each: (i) => {
      sent = i;
      return { destination: i % 4 < others ? other(i) : LIVE[i % LIVE.length]! };
    },
  });
  try {
    for (const [index, round] of rounds(SEED, 20).entries()) {
      others = round.others;
      const ips = LIVE.slice(0, round.ips);
      await lab.agent.write(
        "pods.yaml",
        podObject({ ...p1, ips: [] }, { app: "out" }),
        podObject({ ...p2, ips }, { app: "into" }, { annotations: { "sluice.dev/match": "ip" } }),
      );
      const controls = [...(round.out ? [OUT] : []), ...(round.into ? [INTO] : [])];
      if (controls.length > 0) await lab.agent.write("tc.yaml", ...controls);
      else await lab.agent.delete("tc.yaml").catch(() => {});
      let wrong: string[] = [];
      await eventually("every entry", async () => {
        wrong = await wrongEntries(lab, round);
        return wrong.length === 0;
      }, 3000).catch(() => {});
      assert.deepEqual(wrong, [], `round ${index}: ${JSON.stringify(round)}`);
      const seen = sent;
      await eventually("more packets", () => sent > seen + RATE / 2); // they make entries of the new flows
      assert.deepEqual(await wrongEntries(lab, round), [], `later in round ${index}`);
    }
    await eventually("no flow of Sluice", async () => (await flowAges(lab.ovs)).size === 0);
  } finally {
    done.abort();
    await sending;
  }
  assert.deepEqual(await wrongEntries(lab, { out: false, into: false, ips: 0, others: 0 }), []);
});
