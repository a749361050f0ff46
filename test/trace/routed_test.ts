/** `sluice trace` says where packets go on a bridge with tables as Antrea's: checked senders, routes, a gateway, a policy. */
import assert from "node:assert/strict";
import { app, internal, trafficControl } from "../lab/agent.ts";
import { Lab, ofport } from "../lab/lab.ts";
import type { PrivateOvs } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { ipIn } from "../lab/run.ts";
import { bridgeWire } from "../lab/wire.ts";
import { Random } from "../ownership/random.ts";
import { differences, placesOf } from "./comparison.ts";
import { certainQuestion, frameOf, randomQuestion } from "./random_packets.ts";
import { eventsOf, type Question, traces } from "./tracer.ts";

const COUNT = 200;
const PODS = 4;
const GATEWAY = "antrea-gw0";
const OUTSIDE = { 4: "203.0.113.9", 6: "2001:db8::9" } as const;
const DEVICES = ["ids0", "tap0", GATEWAY];
const LABELS = ["web", "shop", "db", "none"] as const;

const CONTROLS = [
  trafficControl("all", {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal("ids0"),
  }),
  trafficControl("inspect", {
    appliedTo: app("shop"),
    direction: "Both",
    action: "Redirect",
    targetPort: internal("tap0"),
    returnPort: internal("tap1"),
    rules: [{ action: "Skip", protocol: "TCP", podPorts: [{ port: 443 }] }],
  }),
];

/** Antrea's own marks of a Pod's port. */
async function mark(ovs: PrivateOvs, pod: TestPod): Promise<void> {
  const ids = {
    "antrea-type": "container",
    "pod-name": pod.name,
    "pod-namespace": "default",
    "attached-mac": pod.mac,
    "ip-address": `${pod.ip(4)},${pod.ip(6)}`,
  };
  const columns = Object.entries(ids).map(([key, value]) => `external_ids:${key}="${value}"`);
  await ovs.vsctl("set", "port", pod.name, ...columns);
}

/** Table 10 checks senders, 20 is a policy, 30 routes, 40 sends. */
async function flows(ovs: PrivateOvs, pods: readonly TestPod[], mac: string): Promise<string[]> {
  const gateway = await ofport(ovs, GATEWAY);
  const ofPods = await Promise.all(pods.map(async (pod) => {
    const port = await ofport(ovs, pod.name);
    return [
      `table=0,priority=200,in_port=${port},actions=set_field:0x3->reg0,goto_table:10`,
      `table=10,priority=200,ip,in_port=${port},dl_src=${pod.mac},nw_src=${
        pod.ip(4)
      },actions=goto_table:20`,
      `table=10,priority=200,ipv6,in_port=${port},dl_src=${pod.mac},ipv6_src=${
        pod.ip(6)
      },actions=goto_table:20`,
      `table=30,priority=200,ip,nw_dst=${
        pod.ip(4)
      },actions=set_field:${pod.mac}->dl_dst,set_field:${port}->reg1,goto_table:40`,
      `table=30,priority=200,ipv6,ipv6_dst=${
        pod.ip(6)
      },actions=set_field:${pod.mac}->dl_dst,set_field:${port}->reg1,goto_table:40`,
    ];
  }));
  return [
    ...ofPods.flat(),
    "table=10,priority=0,actions=drop",
    `cookie=0xabc,table=20,priority=100,tcp,nw_dst=${pods[3]!.ip(4)},tcp_dst=8080,actions=drop`,
    "table=20,priority=0,actions=goto_table:30",
    `table=30,priority=100,ip,dl_dst=${mac},actions=dec_ttl,set_field:${gateway}->reg1,goto_table:40`,
    `table=30,priority=100,ipv6,dl_dst=${mac},actions=dec_ttl,set_field:${gateway}->reg1,goto_table:40`,
    "table=30,priority=0,actions=drop",
    "table=40,priority=0,actions=output:NXM_NX_REG1[0..15]",
  ];
}

async function routedLab(): Promise<{ lab: Lab; mac: string }> {
  const lab = await Lab.start(0, { forwarding: "none" });
  const { ovs } = lab;
  await ovs.vsctl(
    ...["add-port", "br0", GATEWAY, "--", "set", "interface", GATEWAY, "type=internal", "--"],
    ...["set", "port", GATEWAY, "external_ids:antrea-type=gateway"],
  );
  await ipIn(ovs.netns, "link", "set", "dev", GATEWAY, "up");
  const mac = (await ovs.vsctl("get", "interface", GATEWAY, "mac_in_use")).trim().replaceAll(
    '"',
    "",
  );
  for (let number = 1; number <= PODS; number++) await lab.addPod(`p${number}`);
  for (const pod of lab.pods) await mark(ovs, pod);
  const file = `${ovs.dir}/flows`;
  await Deno.writeTextFile(file, (await flows(ovs, lab.pods, mac)).join("\n"));
  await ovs.ofctl("add-flows", "br0", file);
  return { lab, mac };
}

/** As Antrea's Pods have no annotation, only the CNI says where they are. */
const object = (pod: TestPod, label: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: pod.name, namespace: "default", labels: { app: label } },
  status: { podIPs: pod.ips.map((ip) => ({ ip: ip.split("/")[0] })) },
});

/** Some go to an address outside, by the gateway. */
function outside(random: Random, { toMac: _, ...question }: Question): Question {
  return random.chance(20)
    ? { ...question, reply: false, to: { ip: OUTSIDE[question.ip ?? "4"] } }
    : question;
}

Deno.test("what sluice trace says of 200 random packets is what happens to them: Antrea", async (t) => {
  const { lab, mac } = await routedLab();
  await using _ = lab;
  const { agent, ovs, pods } = lab;
  await agent.write("pods.yaml", ...pods.map((pod, at) => object(pod, LABELS[at]!)));
  await agent.write("tc.yaml", ...CONTROLS);
  const state = await agent.realized("all", "inspect");
  await bridgeWire(ovs, ["tap0", "tap1"]);
  await ovs.emptyCache();
  const seed = Number(Deno.env.get("SLUICE_SEED") ?? Date.now() % 1_000_000);
  console.log(`  seed ${seed}`);
  const random = new Random(seed);
  const stranger = { mac, ips: OUTSIDE };
  const forbidden = certainQuestion("p1", "p4", ["tcp", 8080]); // few packets meet the owner's policy
  const chosen = Array.from(
    { length: COUNT },
    () => outside(random, randomQuestion(random, pods, stranger)),
  );
  const questions = [forbidden, ...chosen];
  await t.step("with what the agent knows", async () => {
    const told = await traces(ovs, state, questions);
    const events = told.flatMap(eventsOf);
    for (const what of ["copied", "redirected", "dropped", "delivered"] as const) {
      assert.ok(events.some((event) => event.what === what), `none is ${what}`);
    }
    const byOwner = events.find((event) => event.what === "dropped");
    assert.equal(byOwner?.what === "dropped" && byOwner.by?.cookie, "0xabc");
    assert.ok(told.some(({ destinationMACIs }) => /Antrea's gateway/.test(destinationMACIs)));
    const cases = told.map((each, at) => {
      const sent = frameOf(each.packet, at + 1, each.steps[0]!.from.port);
      return { told: each, sent };
    });
    const senders = new Map(pods.map((pod) => [pod.name, pod]));
    const found = await differences(cases, placesOf(lab, DEVICES), senders);
    console.log(`  ${found.length} of ${COUNT} differ`);
    assert.deepEqual(found, [], `seed ${seed}`);
  });
  await t.step(
    "without an agent: Pods as Antrea names them, and what the flows themselves say",
    async () => {
      const silent = { silent: "it does not run" };
      const [told] = await traces(ovs, silent, [{
        from: { pod: "default/p1" },
        to: { pod: "default/p4" },
        port: 80,
      }]);
      assert.deepEqual(told!.steps.length, 1);
      const [copied, delivered] = told!.steps[0]!.events;
      assert.equal(copied?.what === "copied" && copied.to.port, "ids0");
      assert.equal(copied?.what === "copied" && copied.trafficControl, undefined);
      assert.equal(delivered?.what === "delivered" && delivered.to.pod, "default/p4");
      assert.match(told!.unknown[0]!, /it does not run/);
    },
  );
});
