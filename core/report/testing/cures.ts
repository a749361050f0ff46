/** Each condition that has a cure: its message, its cure, and a function that causes it. @module */
import { control, mirror, redirect } from "../../model/testing/fixtures.ts";
import type { BridgePort } from "../../model/ports/bridge_ports.ts";
import { OVN } from "./ovn_cures.ts";
import { PORTS } from "./port_cures.ts";
import { SENSORS } from "./sensor_cures.ts";
import { refusedFlow } from "../../model/refusals/refused_flows.ts";
import { unsupported } from "../../model/refusals/unsupported.ts";
import { whyNoRedirects, whyNotWhileFlooding, whyUnusable } from "../../observe/foreign_flows.ts";
import { anotherAgent } from "../../observe/holder.ts";
import { protocolMissing } from "../../observe/switch_connection.ts";
import { Cache } from "../../ovsdb/mod.ts";
import { formatFlow } from "../../openflow/mod.ts";
import type { Condition } from "../../contracts/condition.ts";
import {
  bridge,
  claimConditions,
  clash,
  DEVICE,
  DROP,
  FAR_END,
  floodedInto,
  foreign,
  inSpanningTree,
  judge,
  OUR_PLACE,
  PATCH,
  PIPELINE,
  podConditions,
  row,
  TAP,
  TUNNEL,
  tunnelled,
} from "./made_conditions.ts";

const NO_FLOOD = "bridge does not allow OpenFlow 1.0, by which alone that is stopped";

/** Each case: the message, the cure, and a function that causes the condition. */
export const CURES:
  readonly (readonly [string, string, () => readonly (Condition | undefined)[]])[] = [
    ...PORTS,
    ...OVN,
    ...SENSORS,
    [
      'Port "t" is used by TrafficControl "a", which is older, as part of the pair t, r',
      "target and return ports are one-to-one, use other ports",
      () => clash(redirect("a", "1", ["t", "r"]), redirect("b", "2", ["t", "s"])),
    ],
    [
      'Port "t" is used by TrafficControl "a", which is older, as a mirror\'s target',
      "target and return ports are one-to-one, use other ports",
      () => clash(mirror("a", "1", "t"), redirect("b", "2", ["t", "s"])),
    ],
    [
      'Port "erspan-1" has other options for TrafficControl "a", which is older',
      "use another key or the same options",
      () => clash(tunnelled("a", "1", "1"), tunnelled("b", "2", "2")),
    ],
    [
      'Port "t" has other options for TrafficControl "a", which is older',
      "use another port",
      () =>
        clash(
          mirror("a", "1", "t"),
          control("b", "2", {
            treatment: { copies: [{ to: ["t"] }] },
            specs: [{ ...DEVICE, name: "t" }],
          }),
        ),
    ],
    [
      'The bridge floods into port "eno2", which is not ours, and does not allow OpenFlow 1.0, by which alone that is stopped',
      "add OpenFlow10 to its protocols, or name a new port",
      floodedInto,
    ],
    [
      'The bridge has a spanning tree with port "eno2", which is not ours, and would block a port of the pair',
      'run "ovs-vsctl set port eno2 other_config:rstp-enable=false other_config:stp-enable=false"',
      inSpanningTree,
    ],
    [
      'Port "a" has no far end: "br0" is the bridge itself',
      "name another bridge",
      () => judge({ ...PATCH, farEnd: { ...FAR_END, bridge: "br0" } }),
    ],
    [
      'Pipeline "none" cannot do copies',
      "choose another pipeline with --pipeline, or another treatment",
      () => [unsupported({}, { type: { name: "none" }, cannot: () => ["copies"] })],
    ],
    ['Port "a" has no far end: bridge "br1" does not exist', "create it", () => judge(PATCH)],
    [
      'Port "a" has no far end: "b" is a port of bridge "br2" already',
      "name another",
      () =>
        judge(PATCH, {
          isBridge: (name) => name === "br1",
          bridgeOf: (name) => name === "b" ? "br2" : undefined,
        }),
    ],
    [
      'Device "eno2" was deleted and made again, and Open vSwitch does not receive from the new one',
      'run "ovs-vsctl del-port eno2", then Sluice adds it again',
      () => judge(DEVICE, { isReceivedFrom: () => false }, foreign(DEVICE)),
    ],
    [
      'Port "eno2" is the bridge itself',
      "name another",
      () => judge(DEVICE, { isBridge: () => true }, foreign(DEVICE)),
    ],
    [
      'Port "eno2" is its owner\'s own (external_ids:iface-id)',
      "name another",
      () => judge(DEVICE, {}, foreign(DEVICE, { external_ids: { "iface-id": "x" } })),
    ],
    [
      'Tunnel "tun0" of somebody else has the same type, key and port, and takes packets from every address: those from 192.0.2.1 would come in here instead',
      "use a key that its owner does not use",
      () => judge(TUNNEL, { flowTunnel: () => ({ name: "tun0", takes: "same key" }) }),
    ],
    [
      'Tunnel "erspan-1" leads to 192.0.2.1, which is an address of this node',
      "name the address of another node",
      () => judge(TUNNEL, { isOwnAddress: () => true }, row(TUNNEL)),
    ],
    [
      'Open vSwitch has no route to 192.0.2.1, to which tunnel "erspan-1" leads',
      "add a route to it",
      () => judge(TUNNEL, {}, row(TUNNEL, { unrouted: true })),
    ],
    [
      'Tunnel "tun0" of somebody else takes packets of every key: if its owner uses key 1 with 192.0.2.1, they come in here instead',
      "set a vni that its owner does not use, or another destinationPort",
      () => {
        const spec = { ...TUNNEL, type: "vxlan" };
        const around = { flowTunnel: () => ({ name: "tun0", takes: "every key" }) as const };
        return judge(spec, around, row(spec));
      },
    ],
    [
      'Tunnel "vx0" of somebody else has the same type, remote address, key and port',
      "use another key",
      () => judge(TUNNEL, { sameTunnel: () => "vx0" }),
    ],
    [
      'Port "erspan-1" is somebody else\'s',
      "use another key",
      () => judge(TUNNEL, {}, foreign(TUNNEL)),
    ],
    [
      'Device "eno2" does not exist on the node',
      "create it",
      () => judge(DEVICE, { device: () => undefined }),
    ],
    [
      'Device "eno2" does not exist on the node any more',
      "create it",
      () => judge(DEVICE, { device: () => undefined }, row(DEVICE)),
    ],
    [
      'Port "tap0" has no OpenFlow port number yet',
      "is ovs-vswitchd running?",
      () => judge(TAP, {}, { ...row(TAP), ofport: undefined } as unknown as BridgePort),
    ],
    [
      'A flow of somebody else\'s stands in the place of port "tap0" (table=9, priority=1 actions=drop)',
      "remove it, or name another port",
      () => judge(TAP, { collidingFlow: () => DROP }, row(TAP)),
    ],
    [
      'The link of device "eno2" is down',
      'run "ip link set eno2 up"',
      () => judge(DEVICE, {}, foreign(DEVICE, { linkUp: false })),
    ],
    [
      'Port "eno2" takes 1500 bytes and the bridge\'s ports send up to 9000',
      'run "ip link set eno2 mtu 9000"',
      () =>
        judge(
          DEVICE,
          { bridgeMTUs: () => ({ smallest: 1400, largest: 9000 }) },
          foreign(DEVICE, { mtu: 1500 }),
        ),
    ],
    [
      'Tunnel "erspan-1" needs 1550 bytes for packets of 1500, and "eth0" takes 1500, so that larger ones are lost on the way',
      "raise its MTU",
      () =>
        judge(
          TUNNEL,
          { bridgeMTUs: () => ({ smallest: 1500, largest: 1500 }), mtuOf: () => 1500 },
          row(TUNNEL, { egressDevice: "eth0" }),
        ),
    ],
    [
      'Port "p0" of Pod "prod/p0" has no known MAC, so nothing to or from it is redirected',
      "set the annotation sluice.dev/mac",
      () => podConditions([{ match: "ip", ips: ["10.0.0.1"] }]),
    ],
    [
      'Packets to port "p0" cannot be told, so none of them is mirrored, redirected or dropped',
      "set the annotation sluice.dev/mac",
      () => podConditions([{}]).slice(1),
    ],
    [
      'Pod "prod/p0" and prod/p1 have MAC 02:aa:00:00:00:01, so nothing to or from them is redirected, and nothing to them is dropped',
      "give them distinct MACs",
      () => podConditions([{ macs: ["02:aa:00:00:00:01"] }], [{ macs: ["02:aa:00:00:00:01"] }]),
    ],
    [
      'Pod "prod/p0" and prod/p1 have IP 192.0.2.1 in the same VLAN, so packets to them are not told apart',
      "give them distinct IPs, or ports in distinct VLANs",
      () =>
        podConditions(
          [{ macs: ["02:aa:00:00:00:01"], ips: ["192.0.2.1"], match: "ip" }],
          [{ macs: ["02:aa:00:00:00:02"], ips: ["192.0.2.1"], match: "ip" }],
        ),
    ],
    [
      'Annotations of Pod "prod/p0" do not count: "sluice.dev/mac"',
      "name the Pod's source in --trust-annotations, if only trusted users write its Pods",
      () => claimConditions({ "sluice.dev/mac": "x" }, { isTenants: true }),
    ],
    [
      'Annotations of Pod "prod/p0" name port "eth0", which a CNI has marked as its own (external_ids:cni-pod)',
      "name another port, or let the CNI's resolver find the Pod",
      () => claimConditions({ "sluice.dev/ovs-port": "eth0" }),
    ],
    [
      'No resolver finds a port of Pod "prod/p0" on the bridge',
      "is it there, or does it need the annotation sluice.dev/ovs-port?",
      () => podConditions([]),
    ],
    [
      'Bridge "br0" does not exist',
      "create it, or name another with --bridge",
      () => bridge(undefined),
    ],
    [
      'Bridge "br0" fails open and its controller is not connected, so that its own rules would get round every redirect',
      'run "ovs-vsctl set-fail-mode br0 secure"',
      () => bridge({ controller: ["uuid", "c"] }),
    ],
    [
      'Bridge "br0" does not allow OpenFlow 1.5',
      'run "ovs-vsctl add bridge br0 protocols OpenFlow15", which disconnects its controller for a moment, or give --allow-protocol-change',
      () => [protocolMissing("br0")],
    ],
    [
      'Bridge "br0" is in the hands of an agent that has not said yet who it is',
      "stop that agent, or give this one another bridge; this one takes over when that one ends",
      () => [anotherAgent(new Cache(), "br0", undefined)],
    ],
    [
      "Table 203 has a flow of somebody else's (table=203, priority=1 actions=drop) in our place",
      "choose other tables with --table-base, or remove it",
      () => [whyUnusable([{ ...DROP, table: 203 }], PIPELINE)],
    ],
    [
      `Table 0 has a flow of somebody else's (${
        formatFlow({ ...OUR_PLACE, cookie: 9n, actions: [] })
      }) in our place`,
      "remove it",
      () => [whyUnusable([{ ...OUR_PLACE, cookie: 9n, actions: [] }], PIPELINE)],
    ],
    [
      "The bridge's owner sends to ALL ports (table=9, priority=1 actions=drop), also into a pair and out of it again, so that a redirect would loop",
      "let it send to FLOOD or NORMAL",
      () => [whyNoRedirects([DROP])],
    ],
    [
      `The bridge's owner floods (table=9, priority=1 actions=drop), also into a pair and out of it again, and the ${NO_FLOOD}`,
      "add OpenFlow10 to its protocols",
      () => [whyNotWhileFlooding([DROP])],
    ],
    [
      `The switch answers OFPFMFC_TABLE_FULL to a flow (${formatFlow(DROP)})`,
      "raise the flow_limit of the bridge's table 9",
      () => [refusedFlow({ errorName: "OFPFMFC_TABLE_FULL" }, DROP)],
    ],
  ];
