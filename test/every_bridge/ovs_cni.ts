/** A bridge of ovs-cni: it forwards with `NORMAL`, and its ports are marked as `pkg/ovsdb` of ovs-cni marks them. @module */
import { PrivateOvs } from "../lab/ovs.ts";
import { TestPod } from "../lab/pod.ts";
import { acquaint, type Bridge, type Kind, type PodFacts } from "./bridge.ts";
import { columns, started } from "./marks.ts";

const BRIDGE = "br1";
const OWNER = "ovs-cni.network.kubevirt.io";

async function attach(ovs: PrivateOvs, { name, uid, mac, ips }: PodFacts): Promise<TestPod> {
  const port = `veth${name.slice(0, 8)}`;
  const pod = await TestPod.attach(ovs, port, { bridge: BRIDGE, mac, ips });
  const ids = {
    owner: OWNER,
    contNetns: `/var/run/netns/cni-${uid}`,
    contIface: pod.device,
    contPodUid: uid,
  };
  await ovs.vsctl("set", "port", port, ...columns(ids));
  await ovs.vsctl("set", "interface", port, ...columns({ owner: OWNER }));
  return pod;
}

export const ovsCni: Kind = {
  name: "ovs-cni",
  start: (facts) =>
    started({ bridges: [BRIDGE] }, async (ovs): Promise<Bridge> => {
      const pods = new Map<string, TestPod>();
      for (const each of facts) pods.set(each.name, await attach(ovs, each));
      await acquaint([...pods.values()]);
      return { ovs, name: BRIDGE, pods, [Symbol.asyncDispose]: () => ovs.stop() };
    }),
};
