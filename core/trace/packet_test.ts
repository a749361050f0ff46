import assert from "node:assert/strict";
import { echoType, flowText, packetIn, type TracedPacket } from "./packet.ts";

const TCP: TracedPacket = {
  sourceMAC: "02:00:00:00:00:01",
  destinationMAC: "02:00:00:00:00:02",
  sourceIP: "10.0.0.1",
  destinationIP: "10.0.0.2",
  protocol: "tcp",
  sourcePort: 40_000,
  destinationPort: 80,
  tcpFlags: 2,
  ttl: 64,
  vlans: [],
};

Deno.test("a packet is written as ovs-ofctl writes flows", () => {
  assert.equal(
    flowText(TCP, { ofport: 3 }),
    "tcp,in_port=3,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,nw_src=10.0.0.1," +
      "nw_dst=10.0.0.2,nw_ttl=64,tcp_src=40000,tcp_dst=80,tcp_flags=2",
  );
});

Deno.test("IPv6, ICMP, a tag and registers have fields of their own", () => {
  const { sourcePort: _s, destinationPort: _d, tcpFlags: _f, ...rest } = TCP;
  const echo: TracedPacket = {
    ...rest,
    protocol: "icmp",
    sourceIP: "fd00::1",
    destinationIP: "fd00::2",
    icmpType: echoType("fd00::1", "request"),
    vlans: [0x100a],
  };
  assert.equal(
    flowText(echo, { ofport: 65534, registers: new Map([["reg12", 3]]) }),
    "icmp6,in_port=65534,vlan_tci=0x100a,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02," +
      "ipv6_src=fd00::1,ipv6_dst=fd00::2,nw_ttl=64,icmpv6_type=128,icmpv6_code=0,reg12=3",
  );
});

Deno.test("a later part begins with the packet as Open vSwitch shows it", () => {
  const flow =
    "recirc_id=0x1,ct_state=new|trk,eth,tcp,reg0=0x1,in_port=1,dl_vlan=10,dl_vlan_pcp=1," +
    "vlan_tci1=0x0000,dl_src=02:00:00:00:00:0a,dl_dst=02:00:00:00:00:0b,nw_src=10.0.0.1," +
    "nw_dst=10.0.0.9,nw_tos=0,nw_ecn=0,nw_ttl=63,nw_frag=no,tp_src=40000,tp_dst=8080,tcp_flags=syn";
  assert.deepEqual(packetIn(flow, TCP), {
    ...TCP,
    sourceMAC: "02:00:00:00:00:0a",
    destinationMAC: "02:00:00:00:00:0b",
    destinationIP: "10.0.0.9",
    destinationPort: 8080,
    ttl: 63,
    vlans: [0x300a],
  });
  const untagged = packetIn("tcp,in_port=1,vlan_tci=0x0000,nw_src=10.0.0.1", {
    ...TCP,
    vlans: [1],
  });
  assert.deepEqual(untagged.vlans, []);
});
