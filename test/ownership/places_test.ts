/**
 * The owner or another controller writes flows while Sluice works: in the place of Sluice's flows, or flows with which
 * no redirect can work. Sluice notices that at once, and does not touch those flows.
 */
import assert from "node:assert/strict";
import { sentence } from "../../core/contracts/condition.ts";
import { app, internal, podObject, sluice, trafficControl } from "../lab/agent.ts";
import { flowAges, Lab, ofport } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow, send } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";

const control = (name: string, selected: string, spec: object) =>
  trafficControl(name, { appliedTo: app(selected), direction: "Both", ...spec });
const mirror = (name: string, selected: string, port: string) =>
  control(name, selected, { action: "Mirror", targetPort: internal(port) });
const redirect = control("pair", "web", {
  action: "Redirect",
  targetPort: internal("tap0"),
  returnPort: internal("tap1"),
});

/** Milliseconds. That is well below the 5 s after which the agent reads the switch without a message. */
const AT_ONCE = 1500;
const BROADCAST = "ff:ff:ff:ff:ff:ff";

/** Pod p1 is redirected and p3 is mirrored. No TrafficControl selects p2 and p4. */
async function start() {
  const lab = await Lab.start(4);
  const { agent, ovs } = lab;
  const [p1, p2, p3, p4] = lab.pods as [TestPod, TestPod, TestPod, TestPod];
  await agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p3, { app: "seen" }));
  await agent.write("tc.yaml", redirect, mirror("seen", "seen", "ids0"));
  await agent.realized("pair", "seen");
  await bridgeWire(ovs, ["tap0", "tap1"]);
  const mirrored = (times: number) =>
    expectFlow({ from: p3, to: p4 }, [[lab.at(p4), 1], [lab.atDevice("ids0"), times]]);
  return { lab, agent, ovs, p1, p2, p4, mirrored };
}

type Lines = readonly (readonly string[])[];
/** What the owner writes after the redirect is realized, and how it removes that again. */
const TO_ALL: readonly { readonly name: string; readonly writes: Lines; readonly undoes: Lines }[] =
  [
    {
      name: "a flow in the first table",
      writes: [["add-flow", `priority=3,dl_dst=${BROADCAST},actions=ALL`]],
      undoes: [["del-flows", `dl_dst=${BROADCAST}`]],
    },
    {
      name: "a flow in another table",
      writes: [
        ["add-flow", `priority=3,dl_dst=${BROADCAST},actions=resubmit(,11)`],
        ["add-flow", "table=11,actions=clone(ALL)"],
      ],
      undoes: [["del-flows", "table=11"], ["del-flows", `dl_dst=${BROADCAST}`]],
    },
    {
      name: "a group",
      writes: [
        ["add-group", "group_id=5,type=all,bucket=actions=ALL"],
        ["add-flow", `priority=3,dl_dst=${BROADCAST},actions=group:5`],
      ],
      undoes: [["del-groups", "group_id=5"]],
    },
    {
      name: "a group that did something else before",
      writes: [
        ["add-group", "group_id=5,type=all,bucket=actions=IN_PORT"],
        ["add-flow", `priority=3,dl_dst=${BROADCAST},actions=group:5`],
        ["mod-group", "group_id=5,type=all,bucket=actions=ALL"],
      ],
      undoes: [["del-groups", "group_id=5"]],
    },
  ];

Deno.test("while the owner sends to ALL ports there is no redirect, and no storm", async (t) => {
  const { lab, agent, ovs, p1, p2, p4, mirrored } = await start();
  await using _ = lab;
  const write = async (lines: Lines) => {
    for (const [command, ...rest] of lines) await ovs.ofctl(command!, "br0", ...rest);
  };
  for (const { name, writes, undoes } of TO_ALL) {
    await t.step(name, async () => {
      await write(writes);
      const state = await eventually("a condition", async () => {
        const { trafficControls } = await agent.state();
        const pair = trafficControls.find(({ name }) => name === "pair")!;
        return pair.conditions.some(({ reason }) => reason === "UnsupportedBridge") && pair;
      }, AT_ONCE);
      assert.match(sentence(state.conditions[0]!), /sends to ALL ports .*let it send to FLOOD/);
      await agent.settled("it", () => true);
      const [tap, at4] = [lab.atDevice("tap0"), lab.at(p4)];
      const ids = await send({ from: p2, to: { mac: BROADCAST, ips: p1.ips }, count: 1 });
      await eventually("the broadcast", () => (at4.look(), at4.count(ids[0]!) > 0));
      await mirrored(1); // takes a while, in which further copies of the broadcast would come
      at4.look();
      assert.equal(at4.count(ids[0]!), 1);
      tap.look();
      assert.ok(tap.count(ids[0]!) <= 1, "once by ALL itself, as long as the port is there");
      await write(undoes);
      await agent.realized("pair", "seen");
      await expectFlow({ from: p2, to: p1 }, [[lab.at(p1), 1], [lab.atDevice("tap0"), 1]]);
    });
  }
});

Deno.test("a foreign flow in the place of a port's flow stays, and hinders one TrafficControl only", async (t) => {
  const { lab, agent, ovs, p1, p2, mirrored } = await start();
  await using _ = lab;
  const stranger = `priority=65533,in_port=${await ofport(ovs, "ids0")}`;
  const his = () => ovs.ofctl("dump-flows", "--no-stats", "br0", "cookie=0x9/-1");
  const isRefused = async () => {
    const { trafficControls } = await agent.settled(
      "a condition",
      ({ trafficControls }) =>
        trafficControls.some(({ name, conditions }) =>
          name === "seen" && conditions[0]?.reason === "TableRangeTaken"
        ),
    );
    assert.deepEqual(trafficControls.map(({ name, realized }) => [name, realized]), [
      ["pair", true],
      ["seen", false],
    ]);
    const said = sentence(trafficControls.find(({ name }) => name === "seen")!.conditions[0]!);
    assert.match(
      said,
      /in the place of port "ids0" \(.*in_port.*\): remove it, or name another port/,
    );
    const plan = ["plan", "-f", agent.manifests, "--node", "node1", "--bridge", "br0"];
    for (const command of [["status"], [...plan, "--ovsdb", ovs.db]]) {
      const { stdout } = await sluice(ovs, ...command);
      assert.ok(stdout.includes(`TableRangeTaken: ${said}`), stdout);
    }
    await mirrored(0);
    await expectFlow({ from: p2, to: p1 }, [[lab.at(p1), 1], [lab.atDevice("tap0"), 1]]);
  };
  await ovs.ofctl("add-flow", "br0", `cookie=0x9,${stranger},actions=drop`);
  const written = await his();
  await t.step("it was written over Sluice's flow", isRefused);
  await t.step("it was there before the agent", async () => {
    await agent.kill();
    agent.startAgain();
    await isRefused();
  });
  assert.match(written, /cookie=0x9, priority=65533,in_port=\S+ actions=drop/);
  assert.equal(await his(), written);
  await t.step("when it is deleted, all is as before", async () => {
    await ovs.ofctl("del-flows", "br0", "cookie=0x9/-1");
    await agent.realized("pair", "seen");
    await mirrored(1);
  });
});

Deno.test("while Sluice's tables have a foreign flow, packets go by the owner's flows alone", async () => {
  const { lab, agent, ovs, p1, p2, mirrored } = await start();
  await using _ = lab;
  const ours = (await flowAges(ovs)).size;
  await ovs.ofctl("add-flow", "br0", "table=203,priority=1,actions=drop");
  await eventually(
    "no flow of Sluice",
    async () =>
      (await ovs.ofctl("dump-flows", "br0", "cookie=0x51ce000000000000/0xffff000000000000")).split(
        "\n",
      ).length <= 2,
    AT_ONCE,
  ); // deno-fmt-ignore
  const [condition] = (await agent.state()).conditions;
  assert.equal(condition?.reason, "TableRangeTaken");
  assert.match(
    sentence(condition),
    /table=203.*choose other tables with --table-base, or remove it/,
  );
  await mirrored(0);
  await expectFlow({ from: p2, to: p1 }, [[lab.at(p1), 1], [lab.atDevice("tap0"), 0]]);
  const ports = (await ovs.vsctl("list-ports", "br0")).split("\n");
  assert.deepEqual(["ids0", "tap0", "tap1"].filter((name) => !ports.includes(name)), []);
  await ovs.ofctl("--strict", "del-flows", "br0", "table=203,priority=1");
  await agent.realized("pair", "seen");
  assert.equal((await flowAges(ovs)).size, ours);
  await mirrored(1);
  await expectFlow({ from: p2, to: p1 }, [[lab.at(p1), 1], [lab.atDevice("tap0"), 1]]);
});
