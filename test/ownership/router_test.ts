/** Sluice beside an owner that routes between Pods. */
import assert from "node:assert/strict";
import { internal, podObject } from "../lab/agent.ts";
import { flowAges, Lab, ofport } from "../lab/lab.ts";
import { eventually, type PrivateOvs } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { ipIn } from "../lab/run.ts";
import { expectCounts, send } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";
import { mirror, redirect } from "./controls.ts";

/** The flows of the bridge's owner, without counters. */
async function ownersFlows(ovs: PrivateOvs): Promise<string[]> {
  const dump = await ovs.ofctl("dump-flows", "--no-stats", "br0");
  return dump.split("\n").filter((flow) => /actions=/.test(flow) && !/^ cookie=0x51ce/.test(flow))
    .sort();
}

const GATEWAY = "02:ff:00:00:00:01";
/** Offsets in a frame, in bytes: of the time to live of IPv4, and of the hop limit of IPv6. */
const TTL = { 4: 22, 6: 21 } as const;
const SENT_TTL = 64;

/** Flows that route between Pods in different subnets: table 5 matches, table 10 rewrites, table 20 sends. */
async function routerFlows(ovs: PrivateOvs, pods: readonly TestPod[]): Promise<string> {
  const routes = await Promise.all(pods.map(async (pod) => {
    const port = await ofport(ovs, pod.name);
    const rewrite = `dec_ttl,set_field:${GATEWAY}->eth_src,set_field:${pod.mac}->eth_dst`;
    return [
      `table=10,priority=50,ip,nw_dst=${
        pod.ip(4)
      },actions=${rewrite},set_field:${port}->reg0,goto_table:20`,
      `table=10,priority=50,ipv6,ipv6_dst=${
        pod.ip(6)
      },actions=${rewrite},set_field:${port}->reg0,goto_table:20`,
    ];
  }));
  return [
    "table=0,priority=100,ip,actions=set_field:0x1->reg3,goto_table:5",
    "table=0,priority=100,ipv6,actions=set_field:0x1->reg3,goto_table:5",
    "table=5,priority=1,reg3=0x1,actions=goto_table:10",
    ...routes.flat(),
    "table=20,priority=1,actions=output:NXM_NX_REG0[]",
  ].join("\n");
}

async function routedLab() {
  const lab = await Lab.start(0, { forwarding: "none" });
  const pods: TestPod[] = [];
  for (const number of [1, 2, 3]) {
    const pod = await lab.addPod(`p${number}`, {
      ips: [`10.${number}.0.2/24`, `fd0${number}::2/64`],
    });
    const gateways = { 4: `10.${number}.0.1`, 6: `fd0${number}::1` };
    for (const gateway of Object.values(gateways)) {
      await ipIn(
        pod.netns,
        "neigh",
        "replace",
        gateway,
        "lladdr",
        GATEWAY,
        "dev",
        "eth0",
        "nud",
        "permanent",
      );
      await ipIn(
        pod.netns,
        ...(gateway.includes(":") ? ["-6"] : []),
        "route",
        "add",
        "default",
        "via",
        gateway,
      );
    }
    pods.push(pod);
  }
  await Deno.writeTextFile(`${lab.ovs.dir}/flows`, await routerFlows(lab.ovs, pods));
  await lab.ovs.ofctl("add-flows", "br0", `${lab.ovs.dir}/flows`);
  return { lab, pods: pods as [TestPod, TestPod, TestPod] };
}

Deno.test("if the owner routes, packets are routed once; lost flows of Sluice are back in a second", async (t) => {
  const { lab, pods: [p1, p2, p3] } = await routedLab();
  await using _ = lab;
  const { ovs, agent } = lab;
  const before = await ownersFlows(ovs);
  const byIP = { annotations: { "sluice.dev/match": "ip" } };
  await agent.write(
    "pods.yaml",
    podObject(p1, { app: "web" }, byIP),
    podObject(p2, { app: "db" }, byIP),
    podObject(p3, {}, byIP),
  );
  await agent.write("tc.yaml", redirect, mirror(internal("ids0")));
  await agent.realized("m", "r");
  await bridgeWire(ovs, ["tap0", "tap1"]);
  const [at1, at2, at3] = [lab.at(p1), lab.at(p2), lab.at(p3)];
  const [sensor, ids] = [lab.atDevice("tap0"), lab.atDevice("ids0")];
  const works = async () => {
    for (const version of [4, 6] as const) {
      for (const [from, to, at, elsewhere] of [[p1, p2, at2, at1], [p2, p1, at1, at2]] as const) {
        const sent = await send({ from, to: { mac: GATEWAY, ips: to.ips }, version });
        await expectCounts(sent, [[at, 1], [sensor, 1], [ids, 1], [elsewhere, 0], [at3, 0]]);
        const ttls = at.frames.map((frame) => frame[TTL[version]]);
        assert.deepEqual(new Set(ttls), new Set([SENT_TTL - 1]), "routed once");
        at.reset();
      }
      assert.deepEqual(await p2.ping(p1.ip(version)), { sent: 5, received: 5 });
    }
    await expectCounts(
      await send({ from: p2, to: { mac: GATEWAY, ips: p3.ips } }),
      [[at3, 1], [sensor, 0], [ids, 0]],
    );
  };
  await t.step("through the pair and the mirror", works);
  assert.deepEqual(await ownersFlows(ovs), before);
  const flows = (await flowAges(ovs)).size;
  const takings: readonly [string, () => Promise<unknown>][] = [
    ["replace-flows", () => ovs.ofctl("replace-flows", "br0", `${ovs.dir}/flows`)],
    ["del-flows", async () => {
      await ovs.ofctl("del-flows", "br0");
      await ovs.ofctl("add-flows", "br0", `${ovs.dir}/flows`);
    }],
  ];
  for (const [what, take] of takings) {
    await t.step(`after the owner's ${what}`, async () => {
      await take();
      await eventually("Sluice's flows", async () => (await flowAges(ovs)).size === flows, 1000);
      await agent.realized("m", "r");
      await works();
      assert.deepEqual(await ownersFlows(ovs), before);
    });
  }
});
