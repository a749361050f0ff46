/**
 * A tenant's new Pod on ovs-cni says the MAC of somebody who is no Pod: of a router behind the uplink, or of the node. That
 * cuts off neither of them. 20 packets of the router, pings of the node.
 */
import assert from "node:assert/strict";
import { MarkedLab, networkStatus, ovsCNI } from "./marked.ts";
import { expectCounts, send } from "../lab/traffic.ts";
import { ipIn, tryRun } from "../lab/run.ts";
import { devicePair } from "../lab/wire.ts";

const UNTRUSTED = ["--trust-annotations", "none"];
const COUNT = 20;
const PINGS = 3;

Deno.test("a router whose MAC a tenant's new Pod says still reaches a redirected Pod, by the sensor", async (t) => {
  await using marked = await MarkedLab.start(ovsCNI, ...UNTRUSTED);
  const { pods: [inspected, tenant], lab } = marked;
  await devicePair(lab.ovs, ["up0", "up1"]);
  await lab.ovs.vsctl("add-port", "br0", "up0");
  const router = { netns: lab.ovs.netns, device: "up1", mac: "02:ee:00:00:00:01" };
  const source = { ...router, ips: ["10.9.0.101/24", "fd09::101/64"] };
  const right = {
    pod: inspected,
    labels: { app: "inspected" },
    annotations: networkStatus(inspected.mac),
  };
  const [at, sensor] = [lab.at(inspected), lab.atDevice("tap0")];
  const reaches = (what: string) =>
    t.step(what, async () => {
      const ids = await send({ from: source, to: inspected, count: COUNT });
      await expectCounts(ids, [[at, 1], [sensor, 1]]);
    });
  await marked.tell(right, { pod: tenant, annotations: networkStatus(tenant.mac) });
  await reaches("the tenant says his own MAC");
  await marked.tell(right);
  await marked.tell(right, { pod: tenant, annotations: networkStatus(router.mac) });
  await reaches("he says the router's MAC");
  await marked.tell(right);
  await marked.tell(right, {
    pod: tenant,
    labels: { app: "seen" },
    annotations: networkStatus(router.mac),
  });
  await reaches("his Pod is also mirrored");
});

Deno.test("the node reaches its Pods although a tenant's new Pod says the node's MAC, which is refused", async (t) => {
  await using marked = await MarkedLab.start(ovsCNI, ...UNTRUSTED);
  const { pods: [inspected, other, tenant], lab: { ovs, agent } } = marked;
  await ipIn(ovs.netns, "addr", "add", "10.9.0.254/24", "dev", "br0");
  await ipIn(ovs.netns, "link", "set", "dev", "br0", "up");
  const nodes = JSON.parse(await ovs.vsctl("get", "interface", "br0", "mac_in_use"));
  const right = [
    { pod: inspected, labels: { app: "inspected" }, annotations: networkStatus(inspected.mac) },
    { pod: other, annotations: networkStatus(other.mac) },
  ];
  const pinged = async (ip: string) => {
    const ping = ["ping", "-c", `${PINGS}`, "-i", "0.2", "-W", "2", ip];
    const { stdout } = await tryRun("ip", ["netns", "exec", ovs.netns, ...ping]);
    return Number(/(\d+) received/.exec(stdout)?.[1]);
  };
  for (const labels of [{}, { app: "seen" }, { app: "inspected" }, { app: "dropped" }]) {
    await t.step(`his Pod's labels are ${JSON.stringify(labels)}`, async () => {
      await marked.tell(...right);
      await marked.tell(...right, { pod: tenant, labels, annotations: networkStatus(nodes) });
      for (const pod of [inspected, other]) assert.equal(await pinged(pod.ip()), PINGS, pod.name);
      const { trafficControls } = await agent.state();
      const said = trafficControls.find(({ name }) => name === labels.app)?.conditions ?? [];
      const refused = said.some(({ message }) => message?.includes('that of port "br0"'));
      assert.equal(refused, labels.app !== undefined, JSON.stringify(said));
    });
  }
});
