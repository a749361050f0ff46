/** A bridge whose owner uses all features of Open vSwitch that Antrea, OVN and operators use. @module */
import { bridgeWire } from "../lab/wire.ts";
import { app, podObject, trafficControl } from "../lab/agent.ts";
import type { PrivateOvs } from "../lab/ovs.ts";
import { introduce, TestPod } from "../lab/pod.ts";
import { ipIn, run } from "../lab/run.ts";

export const TRUNK = ["br0", "br1"] as const;

/** The arguments of one call of ovs-vsctl. @param text One command per line. */
function commands(text: string): string[] {
  const lines = text.trim().split("\n").map((line) => line.trim().split(/\s+/));
  return lines.flatMap((words) => ["--", ...words]).slice(1);
}

const ROWS = `
  set open_vswitch . external_ids:hostname=node1 external_ids:sluice-of-others=1 other_config:flow-limit=100000
  set bridge br0 external_ids:owner=cni external_ids:sluice.dev/by=hand other_config:mac-aging-time=600
  set bridge br1 external_ids:bridge-id=br1 other_config:mac-table-size=4096
  add-port br0 gw0 tag=10
  set port gw0 external_ids:id=gw other_config:priority-tags=always
  set interface gw0 type=internal mtu_request=1400 external_ids:antrea-type=gateway other_config:x=y
  add-port br0 trunk0 vlan_mode=trunk trunks=10,20,4095
  set interface trunk0 type=internal external_ids:sluice-like=1
  add-port br0 quiet0 protected=true
  set interface quiet0 type=internal
  add-port br0 span0
  set interface span0 type=internal
  add-port br0 vxlan-0123abcd
  set interface vxlan-0123abcd type=vxlan options:remote_ip=flow options:key=flow options:dst_port=4790
  add-port br0 to1
  set interface to1 type=patch options:peer=to0
  add-port br1 to0 tag=30
  set interface to0 type=patch options:peer=to1
  add-port br0 own0
  set port own0 external_ids:by=operator
  set interface own0 external_ids:nic=spare
  --id=@queue create queue other_config:max-rate=1000000 external_ids:id=queue0 dscp=10
  --id=@qos create qos type=linux-htb other_config:max-rate=9000000 queues:0=@queue external_ids:id=qos0
  set port gw0 qos=@qos
  --id=@gw get port gw0
  --id=@span get port span0
  --id=@mirror create mirror name=span select_src_port=@gw select_dst_port=@gw output_port=@span
  set bridge br0 mirrors=@mirror
  --id=@table create flow_table name=classify flow_limit=1000 external_ids:id=table1
  set bridge br0 flow_tables:1=@table
`;

const GROUPS = [
  "group_id=1,type=select,selection_method=hash,bucket=bucket_id:1,weight:5,actions=resubmit(,20),bucket=bucket_id:2,weight:2,actions=resubmit(,20)",
  "group_id=2,type=all,bucket=bucket_id:1,actions=resubmit(,20)",
  "group_id=3,type=indirect,bucket=bucket_id:1,actions=resubmit(,20)",
  "group_id=4,type=ff,bucket=bucket_id:1,watch_port:1,actions=drop",
];

/** The table into which the flows of table 1 learn. It has no other flows. */
const LEARNED = 10;
/** Flows in each of the tables 0 to 20, and next to Sluice's tables. Learned flows do not time out. */
const FLOWS = [
  "table=0,cookie=0x51ce,priority=64999,dl_type=0x88cc,actions=drop",
  "table=0,cookie=0x51cf000000000001,priority=200,ip,actions=resubmit(,1)",
  "table=0,cookie=0x51cd000000000001,priority=200,ipv6,actions=resubmit(,1)",
  `table=1,cookie=0x151ce00000000000,importance=7,priority=9,actions=learn(table=${LEARNED},priority=5,cookie=0xabc,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15]),resubmit(,2)`,
  ...Array.from(
    { length: 17 },
    (_, at) =>
      at + 2 === LEARNED
        ? `table=${
          LEARNED - 1
        },importance=3,priority=77,ip,actions=resubmit(,${LEARNED}),resubmit(,${LEARNED + 1})`
        : `table=${at + 2},cookie=0x${at},priority=${at},actions=resubmit(,${at + 3})`,
  ),
  `table=${LEARNED - 1},importance=3,priority=76,ipv6,actions=resubmit(,${LEARNED}),resubmit(,${
    LEARNED + 1
  })`,
  "table=19,cookie=0x3,priority=100,udp,udp_dst=5,idle_timeout=9000,hard_timeout=20000,send_flow_rem,actions=meter:3,group:2",
  "table=19,priority=2,icmp,actions=group:1",
  "table=19,priority=1,actions=resubmit(,20)",
  "table=20,priority=1,actions=NORMAL",
  "table=199,priority=1,actions=drop",
  "table=216,priority=1,actions=drop",
];

/** Adds all of the above and two Pods. The device `spare0` is no port of any bridge yet. */
export async function furnish(ovs: PrivateOvs): Promise<[TestPod, TestPod]> {
  for (const name of ["own0", "spare0"]) {
    await ipIn(ovs.netns, "link", "add", "name", name, "type", "veth", "peer", "name", `${name}-x`);
    for (const end of [name, `${name}-x`]) await ipIn(ovs.netns, "link", "set", "dev", end, "up");
  }
  await ovs.vsctl(...commands(ROWS));
  await run("ovs-ofctl", ["-O", "OpenFlow10", "mod-port", "br0", "quiet0", "no-flood"], {
    env: ovs.environment,
  });
  await ovs.ofctl("add-meter", "br0", "meter=3,pktps,band=type=drop,rate=100000");
  const bundle = [
    ...GROUPS.map((group) => `group add ${group}`),
    ...FLOWS.map((flow) => `flow add ${flow}`),
  ];
  await Deno.writeTextFile(`${ovs.dir}/owner`, bundle.join("\n"));
  await ovs.ofctl("bundle", "br0", `${ovs.dir}/owner`);
  const pod = (number: number) =>
    TestPod.attach(ovs, `p${number}`, {
      ips: [`10.9.0.${number}/24`, `fd09::${number}/64`],
      mac: `02:aa:00:00:00:0${number}`,
    });
  const pods: [TestPod, TestPod] = [await pod(1), await pod(2)];
  await introduce(...pods);
  return pods;
}

const both = { appliedTo: app("web"), direction: "Both" };
const mirror = (name: string, targetPort: object) =>
  trafficControl(name, { ...both, action: "Mirror", targetPort });

/** TrafficControls with each kind of target, a redirect through a pair, and two mirrors to ports of the owner. */
export const CONTROLS: Readonly<Record<string, object>> = {
  device: mirror("device", { device: { name: "spare0" } }),
  erspan: mirror("erspan", {
    erspan: { remoteIP: "10.0.10.2", version: 2, sessionID: 3, dir: 1, hardwareID: 4 },
  }),
  geneve: mirror("geneve", { geneve: { remoteIP: "10.0.10.2", vni: 7 } }),
  gre: mirror("gre", { gre: { remoteIP: "fd10::2", key: 7 } }),
  internal: mirror("internal", { ovsInternal: { name: "ids0" } }),
  owned: mirror("owned", { device: { name: "own0" } }),
  pair: trafficControl("pair", {
    ...both,
    action: "Redirect",
    targetPort: { ovsInternal: { name: "tap0" } },
    returnPort: { ovsInternal: { name: "tap1" } },
  }),
  quiet: mirror("quiet", { ovsInternal: { name: "quiet0" } }),
  vxlan: mirror("vxlan", { vxlan: { remoteIP: "10.0.10.2", vni: 7 } }),
};

/** The objects of each manifest, by file name. */
export const MANIFESTS: Readonly<Record<string, (pods: readonly TestPod[]) => object[]>> = {
  "pods.yaml": ([first, second]) => [podObject(first!, { app: "web" }), podObject(second!, {})],
  "controls.yaml": () => Object.values(CONTROLS),
};

export const PAIR = ["tap0", "tap1"] as const;
export const wire = (ovs: PrivateOvs) => bridgeWire(ovs, PAIR);

/** Pings in both directions, with IPv4 in one and IPv6 in the other. @returns The number of answers; 6 if all come. */
export async function talk([first, second]: readonly [TestPod, TestPod]): Promise<number> {
  const answers = await Promise.all([
    first.ping(second.ip(4), 3),
    second.ping(first.ip(6), 3),
  ]);
  return answers.reduce((sum, { received }) => sum + received, 0);
}
