/** Broadcast of a redirected Pod whose port carries all VLANs: it is the only receiver behind its pair in some VLANs only. */
import { app, internal, podObject, trafficControl } from "./lab/agent.ts";
import { Lab } from "./lab/lab.ts";
import { expectFlow } from "./lab/traffic.ts";
import { bridgeWire } from "./lab/wire.ts";

const EVERYBODY = { mac: "ff:ff:ff:ff:ff:ff", ips: ["255.255.255.255"] };
const VLAN = 10;

Deno.test.each([
  ["alone", { direction: "Ingress" }],
  ["in a chain", { direction: "Ingress", chainOrder: 1 }],
])(
  "broadcast of a trunk Pod passes the pair of a Pod of its VLAN that shares the pair, %s",
  async (_, fields) => {
    await using lab = await Lab.start(0);
    const access = await lab.addPod("p1", { vlan: VLAN });
    const trunk = await lab.addPod("p2");
    const other = await lab.addPod("p3", { vlan: VLAN });
    const { agent } = lab;
    await agent.write("pods.yaml", podObject(access, { app: "a" }), podObject(trunk, { app: "a" }));
    const pair = { targetPort: internal("t-a"), returnPort: internal("r-a") };
    await agent.write(
      "tc.yaml",
      trafficControl("a", { appliedTo: app("a"), action: "Redirect", ...pair, ...fields }),
    );
    await agent.realized("a");
    await bridgeWire(lab.ovs, ["t-a", "r-a"]);
    await lab.ovs.emptyCache();
    const [sensor, atAccess, atTrunk] = [lab.atDevice("t-a"), lab.at(access), lab.at(trunk)];
    await expectFlow(
      { from: trunk, to: EVERYBODY, count: 4, frame: { vlan: VLAN } },
      [[sensor, 1], [atAccess, 1], [lab.at(other), 1], [atTrunk, 0]],
    );
    await expectFlow(
      { from: trunk, to: EVERYBODY, count: 4, frame: { vlan: VLAN + 1 } },
      [[sensor, 0], [atAccess, 0], [lab.at(other), 0]],
    );
  },
);
