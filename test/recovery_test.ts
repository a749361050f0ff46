import assert from "node:assert/strict";
import { app, internal, podObject, trafficControl } from "./lab/agent.ts";
import { flowAges, Lab } from "./lab/lab.ts";
import { eventually, type PrivateOvs } from "./lab/ovs.ts";
import { introduce, type TestPod } from "./lab/pod.ts";
import { run } from "./lab/run.ts";
import { expectCounts, expectFlow, send } from "./lab/traffic.ts";
import { bridgeWire, rewire } from "./lab/wire.ts";

/** Milliseconds in which all is back after what was away is there again. */
const BACK = 1000;
const PORTS = ["ids0", "tap0", "tap1"];
const NORMAL = "priority=0,actions=NORMAL";

/** Two Pods, a mirror of one and a pair for it. */
async function start() {
  const lab = await Lab.start(2);
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  await lab.agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
  const both = { appliedTo: app("web"), direction: "Both" };
  await lab.agent.write(
    "tc.yaml",
    trafficControl("m", { ...both, action: "Mirror", targetPort: internal("ids0") }),
    trafficControl("r", {
      ...both,
      action: "Redirect",
      targetPort: internal("tap0"),
      returnPort: internal("tap1"),
    }),
  );
  await lab.agent.realized("m", "r");
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  return { lab, ovs: lab.ovs, agent: lab.agent, p1, p2 };
}

/** Both directions, each frame once wherever it shall come. */
async function works({ lab, p1, p2 }: { lab: Lab; p1: TestPod; p2: TestPod }): Promise<void> {
  const [at1, at2] = [lab.at(p1), lab.at(p2)];
  const seen = [[lab.atDevice("ids0"), 1], [lab.atDevice("tap0"), 1]] as const;
  await expectFlow({ from: p1, to: p2 }, [[at2, 1], [at1, 0], ...seen]);
  await expectFlow({ from: p2, to: p1, version: 6 }, [[at1, 1], [at2, 0], ...seen]);
}

interface Ours {
  readonly flows: readonly string[];
  /** As ovs-ofctl shows it. */
  readonly config: readonly string[];
  readonly rows: readonly string[];
}

/** What is ours in the switch, without what changes by itself: flows by content, flooding by port. */
async function ours(ovs: PrivateOvs): Promise<Ours> {
  const numbers = await Promise.all(
    PORTS.map((name) =>
      ovs.vsctl("--if-exists", "get", "interface", name, "ofport").then((text) => text.trim())
    ),
  );
  const show = await run("ovs-ofctl", ["-O", "OpenFlow10", "show", "br0"], {
    env: ovs.environment,
  });
  const config = (name: string) =>
    new RegExp(`\\(${name}\\): addr.*\\n +config: +(.*)`).exec(show)?.[1] ?? "is not there";
  const named = (flow: string) =>
    PORTS.reduce((text, name, at) => {
      const hex = Number(numbers[at]).toString(16); // a pair is known by its return port's number
      return text.replaceAll(
        new RegExp(`(in_port=${numbers[at]}|output:${numbers[at]}|0x${hex}(?=->reg15))\\b`, "g"),
        name,
      );
    }, flow.replace(/pkt_mark=\S+?,/, "pkt_mark=(turn),")); // each change puts another row in its place
  const rows = await ovs.vsctl(
    ...["--data=bare", "--format=csv", "--no-headings"],
    ...["--columns=name,vlan_mode,trunks,protected", "list", "port", ...PORTS],
  );
  return {
    flows: [...(await flowAges(ovs)).keys()].filter((flow) => /table=0/.test(flow)).map(named)
      .sort(),
    config: PORTS.map((name) => `${name} ${config(name)}`),
    rows: rows.trim().split("\n").sort(),
  };
}

async function isBack(ovs: PrivateOvs, before: Awaited<ReturnType<typeof ours>>, flows: number) {
  try {
    await eventually("all of ours", async () => {
      const now = await ours(ovs).catch(() => undefined);
      return JSON.stringify(now) === JSON.stringify(before) && (await flowAges(ovs)).size === flows;
    }, BACK);
  } catch {
    assert.deepEqual(await ours(ovs), before, `not back within ${BACK} ms`);
    assert.equal((await flowAges(ovs)).size, flows);
  }
}

/** The owner's forwarding, as soon as the bridge speaks. */
async function ownersFlows(ovs: PrivateOvs): Promise<void> {
  await eventually(
    "the bridge",
    () => ovs.ofctl("add-flow", "br0", NORMAL).then(() => true, () => false),
  );
}

Deno.test("the agent stopped, killed and started again: it works without it, and changes nothing", async () => {
  const { lab, ovs, agent, p1, p2 } = await start();
  await using _ = lab;
  await works({ lab, p1, p2 });
  const before = await flowAges(ovs);
  const rows = await ovs.vsctl("--columns=_uuid", "list", "interface");
  for (const stop of ["stop", "kill"] as const) { // `stop` asserts exit code 0
    await agent[stop]();
    await works({ lab, p1, p2 });
    agent.startAgain();
    await agent.realized("m", "r");
    assert.deepEqual(
      agent.log.filter((line) => /Flows changed|Port|Flooding/.test(line)),
      [],
      stop,
    );
  }
  const after = await flowAges(ovs);
  assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort());
  for (const [flow, { duration }] of before) assert.ok(after.get(flow)!.duration > duration, flow);
  assert.equal(await ovs.vsctl("--columns=_uuid", "list", "interface"), rows);
});

/** Each takes something away and brings it back as its owner does; the agent does the rest. */
const AWAY: readonly [string, (lab: Lab) => Promise<unknown>][] = [
  ["ovs-vswitchd is killed and started", async ({ ovs }) => {
    await ovs.killVswitchd();
    await ovs.startVswitchd();
    await ownersFlows(ovs);
  }],
  ["ovsdb-server is killed and started", async ({ ovs }) => {
    await ovs.killOvsdbServer();
    await ovs.startOvsdbServer();
  }],
  ["both are killed and started", async ({ ovs }) => {
    await ovs.killVswitchd();
    await ovs.killOvsdbServer();
    await ovs.startOvsdbServer();
    await ovs.startVswitchd();
    await ownersFlows(ovs);
  }],
  ["the bridge is deleted and made again", async (lab) => {
    const { ovs } = lab;
    await ovs.vsctl("del-br", "br0");
    await ovs.addBridge("br0");
    for (const { name } of lab.pods) await ovs.vsctl("add-port", "br0", name);
  }],
  [
    "our flows are deleted",
    ({ ovs }) => ovs.ofctl("del-flows", "br0", "cookie=0x51ce000000000000/0xffffffff00000000"),
  ],
  ["all flows are deleted", async ({ ovs }) => {
    await ovs.ofctl("del-flows", "br0");
    await ownersFlows(ovs);
  }],
  ["all flows are replaced", async ({ ovs }) => {
    await Deno.writeTextFile(`${ovs.dir}/flows`, `${NORMAL}\n`);
    await ovs.ofctl("replace-flows", "br0", `${ovs.dir}/flows`);
  }],
  [
    "actions of our flows are changed",
    ({ ovs }) => ovs.ofctl("mod-flows", "br0", "table=0,ip,actions=drop"),
  ],
  ["our flows are put back with old actions, as many as before", async ({ ovs }) => {
    const flows = [...(await flowAges(ovs)).keys()].filter((flow) => /table=0/.test(flow));
    const old = flows.map((flow) => flow.replace(/actions=.*/, "actions=drop"));
    await Deno.writeTextFile(`${ovs.dir}/flows`, old.join("\n"));
    await ovs.ofctl("add-flows", "br0", `${ovs.dir}/flows`);
  }],
  [
    "our ports are deleted",
    ({ ovs }) => ovs.vsctl(...PORTS.flatMap((port) => ["--", "del-port", port]).slice(1)),
  ],
  [
    "our ports flood",
    ({ ovs }) =>
      Promise.all(
        PORTS.map((port) =>
          run("ovs-ofctl", ["-O", "OpenFlow10", "mod-port", "br0", port, "flood"], {
            env: ovs.environment,
          })
        ),
      ),
  ],
  [
    "our ports are taken down",
    ({ ovs }) => Promise.all(PORTS.map((port) => ovs.ofctl("mod-port", "br0", port, "down"))),
  ],
  [
    "our ports do not send",
    ({ ovs }) => Promise.all(PORTS.map((port) => ovs.ofctl("mod-port", "br0", port, "no-forward"))),
  ],
  [
    "our ports do not receive",
    ({ ovs }) => Promise.all(PORTS.map((port) => ovs.ofctl("mod-port", "br0", port, "no-receive"))),
  ],
  [
    "our ports take part in forwarding",
    ({ ovs }) =>
      ovs.vsctl(
        ...PORTS.flatMap((port) => [
          ...["--", "clear", "port", port, "vlan_mode", "trunks"],
          ...["--", "set", "port", port, "protected=false"],
        ]).slice(1),
      ),
  ],
];

Deno.test("whatever is taken away by others is back within a second", async (t) => {
  const { lab, ovs, agent, p1, p2 } = await start();
  await using _ = lab;
  const before = await ours(ovs);
  const flows = (await flowAges(ovs)).size;
  assert.deepEqual(before.config, PORTS.map((name) => `${name} NO_FLOOD`));
  // Kept out of NORMAL twice: no VLAN is theirs, and no two of them talk to each other.
  assert.deepEqual(before.rows, PORTS.map((name) => `${name},trunk,4095,true`));
  assert.ok(flows > 20, `${flows}`);
  for (const [what, away] of AWAY) {
    await t.step(what, async () => {
      await away(lab);
      await isBack(ovs, before, flows);
      await agent.realized("m", "r");
      await rewire(ovs, ["tap0", "tap1"]);
      await introduce(p1, p2);
      await eventually("the wire", async () => (await p1.ping(p2.ip(4), 1)).received === 1);
      await p2.ping(p1.ip(4), 1);
      await works({ lab, p1, p2 });
    });
  }
});

Deno.test("the agent dead and the switch restarted: no storm in the idle pair, and the Pods' traffic goes by the owner's rules", async () => {
  const { lab, ovs, agent, p1, p2 } = await start();
  await using _ = lab;
  await agent.kill();
  await ovs.killVswitchd();
  await ovs.startVswitchd();
  await ownersFlows(ovs);
  await rewire(ovs, ["tap0", "tap1"]);
  await ovs.exec("ip", "link", "set", "ids0", "up");
  const unseen = PORTS.map((device) => [lab.atDevice(device), 0] as const);
  const everybody = { mac: "ff:ff:ff:ff:ff:ff", ips: p2.ips };
  const broadcasts = await send({ from: p1, to: everybody, count: 50 });
  await expectFlow({ from: p1, to: p2 }, [[lab.at(p2), 1], [lab.at(p1), 0], ...unseen]);
  assert.deepEqual(await p1.ping(p2.ip(4)), { sent: 5, received: 5 });
  await expectCounts(broadcasts, [[lab.at(p1), 0], ...unseen]);
  agent.startAgain();
  await agent.realized("m", "r");
  await works({ lab, p1, p2 });
});

Deno.test("what the switch learned of a port that went while the agent was away is forgotten; the rest stays", async () => {
  const { lab, ovs, agent, p1, p2 } = await start();
  await using _ = lab;
  await agent.write("pods.yaml", podObject(p1, { app: "web" })); // p2 is any neighbour
  await agent.settled("one Pod", ({ pods }) => pods.length === 1);
  await works({ lab, p1, p2 });
  // The node itself, by the bridge's own port, whose number is written in two ways.
  await ovs.exec("ip", "link", "set", "br0", "up");
  const mac = JSON.parse(await ovs.vsctl("get", "interface", "br0", "mac_in_use")) as string;
  const node = { netns: ovs.netns, device: "br0", mac, ips: ["10.9.0.99/24", "fd09::99/64"] };
  await expectFlow({ from: node, to: p1 }, [[lab.at(p1), 1], [lab.atDevice("tap0"), 1]]);
  const learnedOf = async (mac: string) =>
    (await ovs.ofctl("dump-flows", "br0")).split("\n")
      .filter((flow) => /^ cookie=0x51ce0001/.test(flow) && flow.includes(`dl_src=${mac}`)).length;
  const learned = () => Promise.all([p1.mac, p2.mac, mac].map(learnedOf));
  assert.deepEqual(await learned(), [0, 1, 1]); // of a Pod the port is known
  await agent.kill();
  await ovs.vsctl("del-port", p2.name);
  agent.startAgain();
  await agent.realized("m", "r");
  assert.deepEqual(await learned(), [0, 0, 1]);
});
