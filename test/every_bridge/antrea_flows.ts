/**
 * The way of a packet from Pod to Pod through the tables of antrea-agent: who may send what, connection tracking, where the
 * MAC is, the port. As Antrea's page "Antrea OVS Pipeline" describes them for version 1.15, without Services, policies and
 * other nodes. @module
 */
import { ipOf, type PodFacts } from "./bridge.ts";

/** A Pod with the OpenFlow number of its port. */
export interface PodAtPort extends PodFacts {
  readonly ofport: number;
}

/** The tables of that way. Their order is Antrea's; the numbers leave room for the others. */
const TABLES: Readonly<Record<string, number>> = {
  PipelineRootClassifier: 0,
  ARPSpoofGuard: 1,
  ARPResponder: 2,
  Classifier: 3,
  SpoofGuard: 4,
  IPv6: 5,
  ConntrackZone: 7,
  ConntrackState: 8,
  L3Forwarding: 18,
  L2ForwardingCalc: 23,
  ConntrackCommit: 31,
  Output: 33,
};
/** Where the name of a table stands in a flow. */
const TABLE = /(?<before>table[=:])(?<name>[A-Z]\w+)/g;

/** What differs between the versions of IP: a protocol, fields, and a zone of connection tracking. */
const FAMILIES = {
  4: { protocol: "ip", from: "nw_src", to: "nw_dst", zone: 65520, next: "ConntrackZone" },
  6: { protocol: "ipv6", from: "ipv6_src", to: "ipv6_dst", zone: 65510, next: "IPv6" },
} as const;
const VERSIONS = [4, 6] as const;

/** Register 0 says that a local Pod has sent the packet, and later that register 1 has the port to send it to. */
const [FROM_POD, FOUND] = ["0x3/0xf", "0x200000/0x600000"];
/** A connection keeps who has begun it. */
const KEEP_SOURCE = "exec(move:NXM_NX_REG0[0..3]->NXM_NX_CT_MARK[0..3])";

const COMMON: readonly string[] = [
  "table=PipelineRootClassifier,priority=200,arp,actions=goto_table:ARPSpoofGuard",
  "table=ARPResponder,priority=190,arp,actions=NORMAL",
  "table=IPv6,priority=200,icmp6,icmp_type=135,icmp_code=0,actions=NORMAL",
  "table=IPv6,priority=200,icmp6,icmp_type=136,icmp_code=0,actions=NORMAL",
  "table=IPv6,priority=0,actions=goto_table:ConntrackZone",
  "table=ConntrackState,priority=0,actions=goto_table:L3Forwarding",
  "table=L2ForwardingCalc,priority=0,actions=goto_table:ConntrackCommit",
  "table=ConntrackCommit,priority=0,actions=goto_table:Output",
  `table=Output,priority=200,reg0=${FOUND},actions=output:NXM_NX_REG1[]`,
];

function familyFlows(version: 4 | 6): string[] {
  const { protocol, zone } = FAMILIES[version];
  const isNew = `ct_state=+new+trk-snat,ct_mark=0/0x10,${protocol}`;
  return [
    `table=PipelineRootClassifier,priority=200,${protocol},actions=goto_table:Classifier`,
    `table=ConntrackZone,priority=200,${protocol},actions=ct(table=ConntrackState,zone=${zone},nat)`,
    `table=ConntrackState,priority=200,ct_state=+inv+trk,${protocol},actions=drop`,
    `table=ConntrackCommit,priority=200,${isNew},actions=ct(commit,table=Output,zone=${zone},${KEEP_SOURCE})`,
  ];
}

/** What a Pod may send, and where its MAC is. */
function podFlows(pod: PodAtPort): string[] {
  const { ofport, mac } = pod;
  const arp = `arp,in_port=${ofport},arp_spa=${ipOf(pod, 4)},arp_sha=${mac}`;
  const toPort = `set_field:${ofport}->reg1,set_field:${FOUND}->reg0`;
  return [
    `table=ARPSpoofGuard,priority=200,${arp},actions=goto_table:ARPResponder`,
    `table=Classifier,priority=190,in_port=${ofport},actions=set_field:${FROM_POD}->reg0,goto_table:SpoofGuard`,
    `table=L2ForwardingCalc,priority=200,dl_dst=${mac},actions=${toPort},goto_table:ConntrackCommit`,
    ...VERSIONS.flatMap((version) => {
      const { protocol, from, to, next } = FAMILIES[version];
      const ip = ipOf(pod, version);
      const own = `${protocol},in_port=${ofport},dl_src=${mac},${from}=${ip}`;
      return [
        `table=SpoofGuard,priority=200,${own},actions=goto_table:${next}`,
        `table=L3Forwarding,priority=200,${protocol},reg0=0/0x200,${to}=${ip},actions=goto_table:L2ForwardingCalc`,
      ];
    }),
  ];
}

/** All flows, each as a line of a bundle: ovs-ofctl(8). */
export function antreaFlows(pods: readonly PodAtPort[]): string[] {
  const all = [...COMMON, ...VERSIONS.flatMap(familyFlows), ...pods.flatMap(podFlows)];
  const numbered = (flow: string) =>
    flow.replaceAll(TABLE, (...found) => {
      const { before, name } = found.at(-1);
      return `${before}${TABLES[name]}`;
    });
  return all.map((flow) => `flow add cookie=0x1010000000000,${numbered(flow)}`);
}
