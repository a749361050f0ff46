/** The rig itself: a private OVN does with packets what an OVN does, also after its parts were killed. */
import assert from "node:assert/strict";
import { addressBytes } from "../lab/frames.ts";
import { run } from "../lab/run.ts";
import { Counter, expectCounts, send } from "../lab/traffic.ts";
import { tcp } from "../sensors/tcp.ts";
import { OvnLab } from "./ovn_lab.ts";
import type { OvnPod, PodSpec } from "./ovn_pod.ts";
import { SKIPPED } from "./programs.ts";
import { SNAT_ADDRESS, VIP } from "./topology.ts";

const PODS = [
  { name: "a", chassis: 0, on: "left" },
  { name: "b", chassis: 0, on: "left" },
  { name: "c", chassis: 0, on: "right" },
  { name: "d", chassis: 1, on: "left" },
  { name: "e", chassis: 1, on: "right" },
  { name: "o", chassis: 1, on: "outside" },
] as const satisfies readonly PodSpec[];

/** From one Pod to another: pings of both versions, and each of some numbered packets comes once. */
async function expectPath(ovn: OvnLab, [from, to]: readonly [string, string]): Promise<void> {
  const [one, other] = [ovn.pod(from), ovn.pod(to)];
  for (const version of [4, 6] as const) {
    const { sent, received } = await one.pod.ping(other.pod.ip(version), 2);
    assert.equal(received, sent, `${from} to ${to}, IPv${version}`);
  }
  await expectArrival(ovn, [one, other], 1);
}

async function expectArrival(
  ovn: OvnLab,
  [from, to]: readonly [OvnPod, OvnPod],
  times: 0 | 1,
): Promise<void> {
  using counter = Counter.at(to.pod);
  const ids = await send({ from: from.pod, to: ovn.route(from, to), count: 50 });
  await expectCounts(ids, [[counter, times]]);
}

/** Where the source address of an IPv4 packet stands in its frame. */
const SOURCE = [26, 30] as const;

Deno.test({
  name:
    "a private OVN: switches, routers, geneve, ACLs, SNAT and the load balancer do what OVN does",
  ignore: SKIPPED,
  async fn(t) {
    const begin = performance.now();
    await using ovn = await OvnLab.start({ pods: PODS });
    const version = (await run("ovn-controller", ["--version"], {
      env: { PATH: `${ovn.central.programs.folder}:${Deno.env.get("PATH")}` },
    })).split("\n")[0];
    const took = Math.round(performance.now() - begin);
    console.log(`${version} with ${PODS.length} Pods at work after ${took} ms`);
    await t.step("within a switch", () => expectPath(ovn, ["a", "b"]));
    await t.step("routed", () => expectPath(ovn, ["a", "c"]));
    await t.step("within a switch, over geneve", () => expectPath(ovn, ["a", "d"]));
    await t.step("routed, over geneve", () => expectPath(ovn, ["a", "e"]));
    await t.step("routed, over geneve, back", () => expectPath(ovn, ["e", "a"]));
    await t.step("an ACL takes its packets and no others", async () => {
      const [a, b, d] = ["a", "b", "d"].map((name) => ovn.pod(name)) as [OvnPod, OvnPod, OvnPod];
      const match = `inport == "${b.logicalPort.name}" && ip4`;
      await ovn.nbctl("acl-add", "left", "from-lport", "1000", match, "drop");
      await ovn.sync();
      await expectArrival(ovn, [b, a], 0);
      await expectArrival(ovn, [d, a], 1);
      await ovn.nbctl("acl-del", "left");
      await ovn.sync();
      await expectArrival(ovn, [b, a], 1);
    });
    await t.step("SNAT: outside sees the gateway's address only", async () => {
      const [a, d, o] = ["a", "d", "o"].map((name) => ovn.pod(name)) as [OvnPod, OvnPod, OvnPod];
      using seen = Counter.at(o.pod);
      for (const from of [a, d]) {
        assert.deepEqual(await from.pod.ping(o.pod.ip(), 3), { sent: 3, received: 3 });
      }
      seen.look();
      const pings = seen.strays.filter((frame) => frame[12] === 8 && frame[13] === 0);
      const sources = new Set(pings.map((frame) => frame.slice(...SOURCE).join(".")));
      assert.deepEqual([...sources], [addressBytes(SNAT_ADDRESS).join(".")]);
      assert.equal(pings.length, 6);
    });
    await t.step("the load balancer, to the other chassis", async () => {
      const { pod: e } = ovn.pod("e");
      await ovn.balance({ port: 5201, protocol: "tcp", backends: [e.ip()], backendPort: 5201 });
      await tcp(ovn.pod("a").pod.netns, { netns: e.netns, ip: VIP });
    });
  },
});

Deno.test({
  name: "a private OVN goes on after its parts were killed, and Pods come and go",
  ignore: SKIPPED,
  async fn(t) {
    await using ovn = await OvnLab.start({ pods: PODS.slice(0, 5) });
    const [first] = ovn.chassis;
    const expectAll = async () => {
      await expectPath(ovn, ["a", "b"]);
      await expectPath(ovn, ["e", "a"]);
    };
    await t.step(
      "ovn-controller is killed: its flows stay, and the next one takes them over",
      async () => {
        await expectAll(); // from then on they know each other's MACs: OVN itself answers for them
        await first.killController();
        await expectAll();
        await first.startController();
        await ovn.sync();
        await expectAll();
      },
    );
    await t.step("ovn-controller is restarted as by a service manager", async () => {
      await first.exitController("--restart");
      await expectAll();
      await first.startController();
      await first.recompute();
      await ovn.sync();
      await expectAll();
    });
    await t.step("ovs-vswitchd is killed", async () => {
      await first.killSwitch();
      await first.startSwitch();
      await ovn.sync();
      await expectAll();
    });
    await t.step("a Pod comes, and goes", async () => {
      await ovn.addPod({ name: "late", chassis: 1, on: "right" });
      await expectPath(ovn, ["late", "a"]);
      await ovn.removePod("late");
      assert.doesNotMatch(await ovn.sbctl("list", "port_binding"), /late/);
      await expectAll();
    });
  },
});
