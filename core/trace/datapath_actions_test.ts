import assert from "node:assert/strict";
import { carryOut } from "./datapath_actions.ts";
import type { TracedPacket } from "./packet.ts";

const PACKET: TracedPacket = {
  sourceMAC: "02:00:00:00:00:01",
  destinationMAC: "02:00:00:00:00:02",
  sourceIP: "10.0.0.1",
  destinationIP: "10.0.0.2",
  protocol: "tcp",
  sourcePort: 40_000,
  destinationPort: 80,
  ttl: 64,
  vlans: [],
};

const ports = (text: string) => carryOut(text, PACKET).sent.map(({ port }) => port);

Deno.test("outputs are told in their order, those within clones, too", () => {
  assert.deepEqual(ports("3,clone(set(eth(dst=02:00:00:00:00:09)),4),5"), [3, 4, 5]);
  assert.deepEqual(ports("drop"), []);
  assert.deepEqual(ports(""), []);
  assert.deepEqual(ports("sample(sample=50.0%,actions(7)),check_pkt_len(size=100,gt(8),le(9))"), [
    7,
    8,
    9,
  ]);
});

Deno.test("a packet leaves as it was changed before, and a clone changes only itself", () => {
  const { sent } = carryOut(
    "clone(push_vlan(vid=10,pcp=1),3),set(eth(src=02:00:00:00:00:0a)),set(ipv4(dst=10.0.0.9,ttl=63)),set(tcp(dst=8080)),4",
    PACKET,
  );
  assert.deepEqual(sent[0]!.packet.vlans, [0x300a]);
  assert.deepEqual(sent[1]!.packet, {
    ...PACKET,
    sourceMAC: "02:00:00:00:00:0a",
    destinationIP: "10.0.0.9",
    destinationPort: 8080,
    ttl: 63,
  });
});

Deno.test("a tag is taken off, and IPv6 has a hop limit", () => {
  const tagged = { ...PACKET, vlans: [0x100a] };
  assert.deepEqual(carryOut("pop_vlan,1", tagged).sent[0]!.packet.vlans, []);
  const { sent } = carryOut("set(ipv6(src=fd00::9,hlimit=63)),1", PACKET);
  assert.deepEqual([sent[0]!.packet.sourceIP, sent[0]!.packet.ttl], ["fd00::9", 63]);
});

Deno.test("a cut is for the next port alone", () => {
  const { sent } = carryOut("trunc(100),3,4", PACKET);
  assert.deepEqual(sent.map(({ truncated }) => truncated), [100, undefined]);
});

Deno.test("a tunnel in userspace: the packet goes to the tunnel, the one around it to what follows", () => {
  const text = "clone(tnl_push(tnl_port(6),header(size=50,type=4,eth(dst=aa:55:00:00:00:01," +
    "src=aa:55:00:00:00:02,dl_type=0x0800),ipv4(src=172.31.0.1,dst=172.31.0.2,proto=17,tos=0," +
    "ttl=64,frag=0x4000),udp(src=0,dst=4789,csum=0x0),vxlan(flags=0x8000000,vni=0x0)),out_port(1)),2),3";
  const { sent } = carryOut(text, PACKET);
  assert.deepEqual(
    sent.map(({ port, tunnel, isOuter }) => ({ port, tunnel, isOuter })),
    [
      { port: 6, tunnel: "172.31.0.2", isOuter: undefined },
      { port: 2, tunnel: undefined, isOuter: true },
      { port: 3, tunnel: undefined, isOuter: undefined },
    ],
  );
});

Deno.test("a tunnel of the kernel's datapath: the far end is set before", () => {
  const { sent } = carryOut(
    "set(tunnel(tun_id=0x1,dst=172.31.0.2,ttl=64,flags(df|key))),6",
    PACKET,
  );
  assert.equal(sent[0]!.tunnel, "172.31.0.2");
});

Deno.test("what goes back into the datapath, and what goes to ovs-vswitchd, is told", () => {
  const { recirculated, toUserspace } = carryOut(
    "set(ipv4(ttl=63)),ct(zone=1),recirc(0x1f),userspace(pid=0,controller(reason=1))",
    PACKET,
  );
  assert.deepEqual([...recirculated], [[0x1f, { ...PACKET, ttl: 63 }]]);
  assert.equal(toUserspace, true);
});
