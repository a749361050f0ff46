/** From rules as users write them to the only form of what they mean. @module */
import {
  type Cidr,
  formatCidr,
  parseCidr,
  type PortRange,
  type Rule,
  subtract,
  withoutInner,
} from "../../core/api.ts";
import {
  type GivenPeer,
  type GivenPort,
  type GivenRule,
  LAST_PORT,
  PORT_LISTS,
  PROTOCOLS,
} from "./_rule_schema.ts";

/** The number of a protocol. ICMP keeps its name, as it has two. */
export function protocolOf(given: NonNullable<GivenRule["protocol"]>): number | "ICMP" {
  return given === "ICMP" || typeof given === "number" ? given : PROTOCOLS[given];
}

/** The blocks of the peers, one by one, without their exceptions: the packets that a later rule may still match. */
export function* blocksOf(peers: readonly GivenPeer[]): Generator<Cidr> {
  for (const { ipBlock: { cidr, except = [] } } of peers) {
    yield* subtract(parseCidr(cidr)!, except.map((each) => parseCidr(each)!));
  }
}

/** The ranges in order. Those that overlap, or follow each other, are one. */
export function rangesOf(ports: readonly GivenPort[]): PortRange[] {
  const ranges = ports.map(({ port, endPort = port }): PortRange => [port, endPort]);
  const joined: [number, number][] = [];
  for (const [first, end] of ranges.sort(([a], [b]) => a - b)) {
    const last = joined.at(-1);
    if (last && first <= last[1] + 1) last[1] = Math.max(last[1], end);
    else joined.push([first, end]);
  }
  return joined;
}

const isAll = ([range]: readonly PortRange[]) => range![0] === 0 && range![1] === LAST_PORT;

/** The rule without what restricts nothing. */
export function ruleOf(given: GivenRule): Rule {
  const { action, protocol, tcpFlags, peers } = given;
  const lists = PORT_LISTS.flatMap((name) => {
    const ranges = given[name] && rangesOf(given[name]);
    return ranges && !isAll(ranges) ? [[name, ranges] as const] : [];
  });
  return {
    action,
    ...(protocol !== undefined && { protocol: protocolOf(protocol) }),
    ...(tcpFlags && { tcpFlags }),
    ...(peers && { peers: withoutInner(blocksOf(peers)).map(formatCidr) }),
    ...Object.fromEntries(lists),
  };
}
