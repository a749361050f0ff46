/** A bridge of Antrea: ports marked as `pkg/agent/interfacestore` marks them, its gateway, its tunnel port, its flows. @module */
import { join } from "node:path";
import { ofport } from "../lab/lab.ts";
import type { PrivateOvs } from "../lab/ovs.ts";
import { TestPod } from "../lab/pod.ts";
import { antreaFlows, type PodAtPort } from "./antrea_flows.ts";
import { acquaint, type Bridge, ipOf, type Kind, type PodFacts } from "./bridge.ts";
import { columns, started } from "./marks.ts";

const BRIDGE = "br-int";
/** Antrea cuts the Pod's name, and adds digits of a hash. */
const [NAME_LENGTH, HASH_LENGTH] = [8, 6];

/** Ports that every node of Antrea has. */
const OWN_PORTS = {
  "antrea-gw0": ["type=internal"],
  "antrea-tun0": ["type=geneve", "options:remote_ip=flow", "options:key=flow"],
} as const;
const TYPES = { "antrea-gw0": "gateway", "antrea-tun0": "tunnel" } as const;

async function addOwnPorts(ovs: PrivateOvs): Promise<void> {
  for (const name of ["antrea-gw0", "antrea-tun0"] as const) {
    const marks = columns({ "antrea-type": TYPES[name] });
    await ovs.vsctl(
      ...["add-port", BRIDGE, name],
      ...["--", "set", "interface", name, ...OWN_PORTS[name]],
      ...["--", "set", "port", name, ...marks],
    );
  }
}

async function attach(ovs: PrivateOvs, facts: PodFacts): Promise<TestPod> {
  const { name, namespace, uid, mac, ips } = facts;
  const port = `${name.slice(0, NAME_LENGTH)}-${uid.slice(-HASH_LENGTH)}`;
  const pod = await TestPod.attach(ovs, port, { bridge: BRIDGE, mac, ips });
  const ids = {
    "antrea-type": "container",
    "attached-mac": mac,
    "container-id": uid.replaceAll("-", ""),
    "ip-address": `${ipOf(facts, 4)},${ipOf(facts, 6)}`,
    "pod-name": name,
    "pod-namespace": namespace,
  };
  await ovs.vsctl("set", "port", port, ...columns(ids));
  return pod;
}

async function addFlows(ovs: PrivateOvs, pods: readonly PodAtPort[]): Promise<void> {
  const file = join(ovs.dir, "antrea-flows");
  await Deno.writeTextFile(file, antreaFlows(pods).join("\n"));
  await ovs.ofctl("bundle", BRIDGE, file);
}

export const antrea: Kind = {
  name: "Antrea",
  start: (facts) =>
    started({ bridges: [BRIDGE], forwarding: "none" }, async (ovs): Promise<Bridge> => {
      await addOwnPorts(ovs);
      const pods = new Map<string, TestPod>();
      const placed: PodAtPort[] = [];
      for (const each of facts) {
        const pod = await attach(ovs, each);
        pods.set(each.name, pod);
        placed.push({ ...each, ofport: await ofport(ovs, pod.name) });
      }
      await addFlows(ovs, placed);
      await acquaint([...pods.values()]);
      return { ovs, name: BRIDGE, pods, [Symbol.asyncDispose]: () => ovs.stop() };
    }),
};
