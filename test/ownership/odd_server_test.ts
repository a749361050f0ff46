/** An API server that gives what no tenant and no operator wrote: the owner's state stays as it is, byte for byte. */
import assert from "node:assert/strict";
import { app, internal, sluice, trafficControl } from "../lab/agent.ts";
import { ClusterNode, installCRDs } from "../kubernetes/cluster.ts";
import { HttpFaults } from "../kubernetes/http_faults.ts";
import { apiServerTests } from "../kubernetes/kube_apiserver.ts";
import { furnish, talk, TRUNK } from "./owner.ts";
import { difference, snapshot } from "./snapshot.ts";

const withServer = apiServerTests(installCRDs);

/** Ports and bridges of the owner, which nobody may use, and names that might be taken for something else. */
const NAMES = ["br0", "br1", "gw0", "to1", "to0", "vxlan-0123abcd", "p1", "lo"];
const ODD_NAMES = ["", "../br0", "a b", "br0\nbr1", "--", 'x"; del-br br0', "\u0000", "__proto__"];
const TUNNELS = [
  { vxlan: { remoteIP: "10.0.10.2", vni: 2 ** 40 } },
  { geneve: { remoteIP: "10.0.10.2 options:key=flow" } },
  { vxlan: { remoteIP: "0.0.0.0" }, ovsInternal: { name: "x" } },
  { unknown: { name: "br0" } },
];
const WHOLE: readonly object[] = [
  { metadata: { name: "__proto__" } },
  { metadata: { name: "constructor" }, spec: { appliedTo: null } },
  { metadata: { name: "a/../b" }, spec: [] },
  { metadata: { name: "n\n" }, spec: "drop" },
  { metadata: { name: 7 } },
  { metadata: {}, spec: { targetPort: internal("br0") } },
];

const redirects = { appliedTo: app("web"), direction: "Both", action: "Redirect" };
const mirror = (name: string, targetPort: unknown) =>
  trafficControl(name, { ...redirects, action: "Mirror", targetPort });

const controls = (): object[] => [
  ...WHOLE,
  ...[...NAMES, ...ODD_NAMES].flatMap((name, at) => [
    mirror(`m${at}`, internal(name)),
    mirror(`d${at}`, { device: { name } }),
    trafficControl(`r${at}`, {
      ...redirects,
      targetPort: internal(`t${at}`),
      returnPort: internal(name),
    }),
  ]),
  ...TUNNELS.map((target, at) => mirror(`t${at}`, target)),
  // What is right among them is realized: then all of them have been read.
  mirror("sign", internal("ids0")),
];

/** Pods that say that they are at the owner's ports, in front of an agent that believes them what it may. */
const pods = (): object[] =>
  [...NAMES, ...ODD_NAMES, "p2"].map((port, at) => ({
    metadata: {
      name: `q${at}`,
      namespace: "default",
      uid: `q${at}`,
      labels: { app: "web" },
      annotations: {
        "sluice.dev/ovs-port": port,
        "sluice.dev/mac": at === 3 ? "x" : "02:aa:00:00:00:02",
      },
    },
    spec: { nodeName: "node1" },
    status: { podIPs: [{ ip: "10.9.0.2" }] },
  }));

Deno.test(
  withServer("an API server cannot make an agent write outside of Sluice's own", async (server) => {
    await using faults = await HttpFaults.start(server);
    const args = ["--trust-annotations", "kubernetes"];
    const options = { url: faults.url, ovs: { bridges: TRUNK }, args };
    await using node = await ClusterNode.start(server, 0, options);
    const { ovs, agent } = node;
    const attached = await furnish(ovs);
    assert.equal(await talk(attached), 6);
    const before = await snapshot(ovs);
    const give = async (of: RegExp, objects: readonly { metadata?: object }[]) => {
      const [watch] = await faults.watched(of);
      const lines = objects.map((each) => {
        const object = { ...each, metadata: { ...each.metadata, resourceVersion: "1" } };
        return `${JSON.stringify({ type: "ADDED", object })}\n`;
      });
      watch!.enqueue(new TextEncoder().encode(lines.join("")));
    };
    await give(/\/pods\?/, pods());
    await give(/\/trafficcontrols\?/, controls());
    await agent.settled(
      "the sign",
      ({ trafficControls }) =>
        trafficControls.some(({ name, pods }) => name === "sign" && pods.length > 0) &&
        trafficControls.length > NAMES.length * 3,
    );
    const during = await snapshot(ovs);
    assert.equal(during.exact, before.exact, difference(before.exact, during.exact));
    assert.ok(during.ownPorts.includes("ids0"), during.ownPorts.join());
    await agent.stop();
    const { code, stderr } = await sluice(ovs, "cleanup", "--bridge", "br0", "--ovsdb", ovs.db);
    assert.equal(code, 0, stderr);
    const after = await snapshot(ovs);
    assert.equal(after.exact, before.exact, difference(before.exact, after.exact));
    assert.deepEqual(after.own, []);
    agent.startAgain(); // it is stopped with the node
    await agent.settled("ready", () => true);
  }),
);
