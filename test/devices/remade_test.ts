/** A device of the node is deleted and made again, at each moment at which somebody is not looking. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { sluice } from "../lab/agent.ts";
import { flowAges } from "../lab/lab.ts";
import { eventually, type PrivateOvs } from "../lab/ovs.ts";
import { ipIn } from "../lab/run.ts";
import { DeviceBench, type DeviceName, DEVICES } from "./bench.ts";

async function pidOf(ovs: PrivateOvs, program: string): Promise<number> {
  return Number(await Deno.readTextFile(join(ovs.dir, `${program}.pid`)));
}

type Change = () => Promise<unknown>;

/** Each: who is not looking, and how the change happens meanwhile. */
const MOMENTS: readonly [string, (bench: DeviceBench, change: Change) => Promise<unknown>][] = [
  ["all are running", (_, change) => change()],
  ["the agent is dead", async ({ lab: { agent } }, change) => {
    await agent.kill();
    await change();
    agent.startAgain();
  }],
  ["the agent is stopped", async ({ lab: { agent } }, change) => {
    Deno.kill(agent.pid, "SIGSTOP");
    await change();
    Deno.kill(agent.pid, "SIGCONT");
  }],
  ["ovs-vswitchd is stopped", async ({ lab: { ovs } }, change) => {
    const pid = await pidOf(ovs, "ovs-vswitchd");
    Deno.kill(pid, "SIGSTOP");
    await change();
    Deno.kill(pid, "SIGCONT");
  }],
  ["ovsdb-server is away", async ({ lab: { ovs } }, change) => {
    await ovs.killOvsdbServer();
    await change();
    await ovs.startOvsdbServer();
  }],
  ["the agent is dead and ovs-vswitchd is stopped", async ({ lab: { agent, ovs } }, change) => {
    await agent.kill();
    const pid = await pidOf(ovs, "ovs-vswitchd");
    Deno.kill(pid, "SIGSTOP");
    await change();
    agent.startAgain();
    await eventually("the agent's log", () => agent.log.length > 0);
    Deno.kill(pid, "SIGCONT");
  }],
];

const ROLES: Readonly<Record<DeviceName, string>> = {
  vin: "target port of a redirect",
  vout: "return port of a redirect",
  mir: "target port of a mirror",
};

async function ofport({ lab: { ovs } }: DeviceBench, name: string): Promise<string> {
  return (await ovs.vsctl("get", "interface", name, "ofport")).trim();
}

Deno.test("a device that is made again is opened again, whoever was not looking: every frame passes the sensor and is copied", async (t) => {
  await using bench = await DeviceBench.start();
  await bench.works();
  for (const [moment, during] of MOMENTS) {
    for (const name of DEVICES) {
      await t.step(`${moment}: the ${ROLES[name]}`, async () => {
        const before = await ofport(bench, name);
        await during(bench, () => bench.remake(name));
        await eventually("a new port", async () => {
          const now = await ofport(bench, name).catch(() => before);
          return now !== before && now !== "[]";
        });
        await bench.works();
      });
    }
  }
});

Deno.test("a device that moves to another network namespace and back while the agent is dead is opened again", async () => {
  await using bench = await DeviceBench.start();
  const { lab: { agent, ovs } } = bench;
  await bench.works();
  await agent.kill();
  const index = await ovs.exec("cat", "/sys/class/net/vout/ifindex");
  const other = `${ovs.netns}-away`;
  await ovs.addNamespace(other);
  await ipIn(ovs.netns, "link", "set", "vout", "netns", other);
  await ipIn(other, "link", "set", "vout", "netns", ovs.netns);
  await ipIn(ovs.netns, "link", "set", "vout", "up");
  assert.equal(await ovs.exec("cat", "/sys/class/net/vout/ifindex"), index, "the same number");
  agent.startAgain();
  await bench.works();
});

Deno.test("an agent that starts beside devices that stayed changes nothing; rows without a note get one", async () => {
  await using bench = await DeviceBench.start();
  const { lab: { agent, ovs } } = bench;
  await bench.works();
  const columns = "--columns=name,_uuid,ofport,external_ids";
  const rows = async () =>
    (await ovs.vsctl("-f", "csv", columns, "list", "interface")).split("\n").sort();
  const before = await rows();
  await agent.kill();
  agent.startAgain();
  await bench.works();
  assert.deepEqual(await rows(), before);
  const flows = await flowAges(ovs);
  await agent.kill();
  for (const name of DEVICES) {
    await ovs.vsctl("remove", "interface", name, "external_ids", "sluice-ifindex");
  }
  agent.startAgain();
  await bench.works();
  assert.deepEqual(await rows(), before, "each has its note, its row and its number");
  assert.deepEqual(agent.log.filter((line) => /Flows changed|Port (added|removed)/.test(line)), []);
  assert.deepEqual([...(await flowAges(ovs)).keys()].sort(), [...flows.keys()].sort());
});

Deno.test("plan shows that a device which was made again is removed and added", async () => {
  await using bench = await DeviceBench.start();
  const { lab: { agent, ovs } } = bench;
  await bench.works();
  await agent.kill();
  await bench.remake("vout");
  const { stdout } = await sluice(
    ovs,
    ...["plan", "-f", agent.manifests, "--node", "node1", "--bridge", "br0", "--ovsdb", ovs.db],
  );
  const [removed, added, ...more] = stdout.match(/^[-+~] port .*vout.*$/gm) ?? [];
  assert.equal(removed, "- port vout type=system");
  assert.match(added!, /^\+ port vout type=system \(shown below as port \d+\)$/);
  assert.deepEqual(more, []);
  agent.startAgain();
  await bench.works();
});

Deno.test("a port of the owner whose device was made again is not used, and says why; the cure works", async () => {
  await using bench = await DeviceBench.start(({ ovs }) => ovs.vsctl("add-port", "br0", "vout"));
  const { lab: { agent, ovs } } = bench;
  await bench.works();
  await agent.kill();
  await bench.remake("vout");
  agent.startAgain();
  const { trafficControls: [, r] } = await agent.settled(
    "a condition",
    ({ trafficControls }) => trafficControls.some(({ conditions }) => conditions.length > 0),
  );
  assert.equal(r?.realized, false);
  assert.deepEqual(r.conditions, [{
    reason: "DeviceReplaced",
    message:
      'Device "vout" was deleted and made again, and Open vSwitch does not receive from the new one',
    cure: 'run "ovs-vsctl del-port vout", then Sluice adds it again',
  }]);
  assert.deepEqual(await bench.p1.ping(bench.p2.ip()), { sent: 5, received: 5 });
  await ovs.vsctl("del-port", "vout");
  await bench.works();
});
