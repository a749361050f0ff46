/** Random flows of the owner. They are similar to Sluice's flows, but never in the place of one of them. @module */
import type { Random } from "./random.ts";

const TABLES = [0, 0, 0, 1, 7, 20, 100, 199, 216, 217, 253];
/** Cookies. Some have Sluice's mark at another position, or differ from it by one bit. */
const COOKIES = [
  "0x0",
  "0x51ce",
  "0x51ce00000000",
  "0x51cd000000000000",
  "0x51cf000000000001",
  "0x151ce0000000000",
  "0xd1ce000000000000",
  "0xffffffffffff51ce",
];
/** Matches for which the action `ct` is allowed: Open vSwitch tracks connections of IP only. */
const IP = /,(ip|ipv6|tcp|icmp6)\b/;
/** The lowest priority of Sluice's flows in table 0. */
const OWN_PRIORITY = 65000;

/** What the flows can refer to. */
export interface Around {
  readonly ofports: readonly number[];
  readonly groups: ReadonlySet<number>;
}

/** A line of a bundle, in the syntax of ovs-ofctl(8), command `bundle`. */
export function randomFlow(random: Random, around: Around): string {
  const match = randomMatch(random, around);
  if (random.chance(20)) return `flow delete_strict ${match}`;
  const more = [
    `cookie=${random.pick(COOKIES)}`,
    ...(random.chance(20) ? [`importance=${random.below(100)}`] : []),
    ...(random.chance(10) ? [`idle_timeout=${7200 + random.below(9)}`] : []),
    ...(random.chance(10) ? [`hard_timeout=${7200 + random.below(9)}`] : []),
    ...(random.chance(10) ? ["send_flow_rem"] : []),
  ];
  return `flow add ${match},${more.join(",")},actions=${randomActions(random, match, around)}`;
}

function randomMatch(random: Random, { ofports }: Around): string {
  const table = random.pick(TABLES);
  const number = random.below(8);
  const match = random.pick([
    "ip",
    "ipv6",
    "arp",
    "icmp6,icmp_type=135",
    `ip,nw_dst=10.0.0.${number}`,
    `dl_src=02:00:00:00:00:0${number}`,
    `tcp,tp_dst=${number}`,
    `reg15=${number},ip`,
    `ct_state=+trk,ct_zone=${number},ip`,
    ...(ofports.length > 0 ? [`in_port=${random.pick(ofports)}`] : []),
  ]);
  return `table=${table},priority=${random.pick([1, 100, OWN_PRIORITY - 1])},${match}`;
}

function randomActions(random: Random, match: string, { ofports, groups }: Around): string {
  const number = random.below(8);
  return random.pick([
    "NORMAL",
    "drop",
    "FLOOD",
    `set_field:${number}->reg15,resubmit(,${100 + number})`,
    ...(IP.test(match) ? [`ct(commit,zone=${number},exec(set_field:0x1->ct_mark))`] : []),
    "learn(table=100,priority=9,cookie=0x51ce,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[])",
    ...(ofports.length > 0 ? [`output:${random.pick(ofports)}`] : []),
    ...(groups.size > 0 ? [`group:${random.pick([...groups])}`] : []),
  ]);
}
