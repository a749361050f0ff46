/** How many entries the switch's cache needs for packets with many ports: ports that no rule asks for must not matter. */
import assert from "node:assert/strict";
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectCounts, send } from "../lab/traffic.ts";

const FLOWS = 20_000;
const [HIGHEST_PORT, PRIME] = [65_535, 7919] as const;
/** The most entries for a rule about the port of either end, and for rules that do not look at the ports of these packets. */
const [MOST, FEW] = [200, 2] as const;

const RULES = {
  "no rule": undefined,
  "a rule about another protocol": [
    { action: "Include", protocol: "TCP", ports: [{ port: 443 }] },
  ],
  "a rule about the port of either end": [
    { action: "Include", protocol: "UDP", ports: [{ port: 443 }] },
  ],
} as const;

/** Entries of the cache for IPv4 packets that the Pod sends, without fragments and ARP. */
async function entries({ ovs }: Lab): Promise<number> {
  const dump = await ovs.appctl("dpctl/dump-flows", "-m", "netdev@ovs-netdev");
  return dump.split("\n").filter((line) => /in_port\(p1\).*eth_type\(0x0800\)/.test(line)).length;
}

Deno.test("a scan of 20,000 pairs of ports", async (t) => {
  await using lab = await Lab.start(2);
  const { agent, ovs } = lab;
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  await agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
  for (const [name, rules] of Object.entries(RULES)) {
    await t.step(name, async () => {
      await agent.write(
        "tc.yaml",
        trafficControl("m", {
          appliedTo: app("web"),
          direction: "Egress",
          action: "Mirror",
          targetPort: internal("tap0"),
          ...(rules && { rules }),
        }),
      );
      await agent.realized("m");
      await ovs.emptyCache();
      const at = lab.at(p2);
      const port = (index: number) => 1 + index * PRIME % HIGHEST_PORT;
      const each = (index: number) => ({
        transport: { protocol: "udp", from: port(index), to: port(index * 3 + 1) } as const,
      });
      const ids = await send({ from: p1, to: p2, count: FLOWS, pace: at, each });
      await expectCounts(ids, [[at, 1]]);
      const count = await entries(lab);
      const most = name.includes("either") ? MOST : FEW;
      assert.ok(count >= 1 && count <= most, `${count} entries, ${most} are allowed`);
    });
  }
});
