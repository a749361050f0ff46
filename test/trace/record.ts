/**
 * Records what ofproto/trace really answers, for the tests of the parser: `deno run -A test/trace/record.ts FILE`. The
 * Open vSwitch is that of SLUICE_OVS_BIN, or the machine's.
 * @module
 */
import { ControlSocket } from "../../core/trace/control_socket.ts";
import { PrivateOvs } from "../lab/ovs.ts";

const [file] = Deno.args;
await using ovs = await PrivateOvs.start({
  datapath: "dummy",
  bridges: ["br0", "br1"],
  forwarding: "none",
});
const add = (bridge: string, name: string, ...more: string[]) =>
  ovs.vsctl("add-port", bridge, name, "--", "set", "interface", name, ...more);
for (const [at, name] of ["p1", "p2", "p3", "ids0", "tap0", "tap1"].entries()) {
  await add("br0", name, "type=dummy", `ofport_request=${at + 1}`);
}
await add("br0", "to1", "type=patch", "options:peer=to0", "ofport_request=10");
await add("br1", "to0", "type=patch", "options:peer=to1", "ofport_request=1");
await add("br1", "q2", "type=dummy", "ofport_request=2");
await ovs.ofctl(
  "add-group",
  "br0",
  "group_id=1,type=select,selection_method=dp_hash,bucket=output:2,bucket=output:3",
);
await ovs.ofctl("add-group", "br0", "group_id=2,type=all,bucket=output:2,bucket=output:3");
const FLOWS = {
  br0: [
    "table=0,priority=10,in_port=1,tcp,tp_dst=80,cookie=0x51ce000000000000,actions=resubmit(,200)",
    "table=200,cookie=0x51ce000000000000,priority=20,actions=set_field:0x1->reg7,resubmit(,213),output:4,resubmit(,201)",
    "table=213,cookie=0x51ce0000000000ab,priority=12,reg7=1,actions=drop",
    "table=201,cookie=0x51ce000000000000,priority=0,actions=clone(output(port=5,max_len=100),set_field:0x9->reg3),clone(resubmit(,202)),resubmit(,7)",
    "table=202,cookie=0x51ce000000000000,priority=15,actions=learn(table=207,idle_timeout=300,priority=13,cookie=0x51ce000100000000,NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->NXM_NX_REG12[0..15])",
    "table=7,priority=1,cookie=0x7,actions=NORMAL",
    "table=0,priority=10,in_port=1,tcp,tp_dst=81,actions=output:10",
    "table=0,priority=10,in_port=1,tcp,tp_dst=82,actions=ct(table=8,zone=1,nat)",
    "table=8,priority=1,ct_state=+new,tcp,actions=ct(commit,zone=1,nat(dst=10.0.0.9:8080)),set_field:02:00:00:00:00:09->eth_dst,output:2",
    "table=0,priority=10,in_port=1,tcp,tp_dst=83,actions=group:1",
    "table=0,priority=10,in_port=1,tcp,tp_dst=84,actions=group:2,output:IN_PORT,output:1,output:77,LOCAL",
    "table=0,priority=10,in_port=1,tcp,tp_dst=85,actions=controller(max_len=128),set_field:3->reg1,output:NXM_NX_REG1[0..15]",
    "table=0,priority=10,in_port=1,tcp,tp_dst=86,actions=resubmit(,9)",
    "table=0,priority=10,in_port=1,tcp,tp_dst=87,actions=bundle_load(symmetric_l4,0,hrw,ofport,NXM_NX_REG8[0..15],members:2,3),output:NXM_NX_REG8[0..15]",
    "table=0,priority=10,in_port=1,tcp,tp_dst=88,actions=drop",
    "table=0,priority=10,in_port=1,tcp,tp_dst=89,actions=FLOOD",
  ],
  br1: ["table=0,priority=1,actions=push_vlan:0x8100,set_field:4106->vlan_vid,output:2"],
};
for (const [bridge, flows] of Object.entries(FLOWS)) {
  for (const flow of flows) await ovs.ofctl("add-flow", bridge, flow);
}
await using control = await ControlSocket.connect(ovs.dir);
const flow = (port: number) =>
  "tcp,in_port=1,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,nw_src=10.0.0.1,nw_dst=10.0.0.2," +
  `nw_ttl=64,tcp_src=40000,tcp_dst=${port},tcp_flags=2`;
const answers: Record<string, string> = { "dpif_show": await control.ask("dpif/show") };
for (let port = 80; port < 90; port++) {
  answers[`port_${port}`] = await control.ask("ofproto/trace", "br0", flow(port));
}
answers.other = await control.ask(
  "ofproto/trace",
  "br0",
  flow(80).replace("in_port=1", "in_port=2"),
);
await Deno.writeTextFile(file!, `${JSON.stringify(answers, undefined, 2)}\n`);
