/** Option `rules`: which packets a TrafficControl is about. @module */
import {
  contains,
  defineOption,
  type HopProblem,
  LIMITS,
  parseCidr,
  portMasks,
  type Problem,
} from "../../core/api.ts";
import { blocksOf, protocolOf, rangesOf, ruleOf } from "./_rule_form.ts";
import {
  type GivenPeer,
  type GivenPort,
  type GivenRule,
  MUST,
  PORT_LISTS,
  PROTOCOLS,
  RULES,
} from "./_rule_schema.ts";

const SKIPS_PORTS =
  "must be absent in a rule Skip: a peer that chooses its port would get round the sensor";

/** Problems of the parts of a list, each with its place. */
function ofEach<T>(parts: readonly T[], problems: (part: T) => readonly Problem[]): Problem[] {
  return parts.flatMap((part, place) =>
    problems(part).map(({ path, message }) => ({ path: `/${place}${path}`, message }))
  );
}
const under = (path: string, problems: readonly Problem[]): Problem[] =>
  problems.map((problem) => ({ ...problem, path: path + problem.path }));

function ruleProblems(rule: GivenRule): Problem[] {
  const { protocol, tcpFlags, peers = [] } = rule;
  const number = protocol === undefined ? undefined : protocolOf(protocol);
  const hasPorts = Object.values<unknown>(PROTOCOLS).includes(number);
  const given = PORT_LISTS.filter((name) => rule[name]);
  return [
    ...(rule.ports && given.length > 1 ? [{ path: "/ports", message: MUST.eitherSide }] : []),
    ...given.filter(() => !hasPorts).map((name) => ({ path: `/${name}`, message: MUST.hasPorts })),
    ...(tcpFlags && number !== PROTOCOLS.TCP ? [{ path: "/tcpFlags", message: MUST.isTCP }] : []),
    ...given.flatMap((name) => under(`/${name}`, ofEach(rule[name]!, portProblems))),
    ...under("/peers", ofEach(peers, peerProblems)),
  ];
}

function portProblems({ port, endPort = port }: GivenPort): Problem[] {
  return endPort >= port
    ? []
    : [{ path: "/endPort", message: `${MUST.order} (${port}): is ${endPort}` }];
}

/** The API server says the same about a NetworkPolicy. As there, bits beyond the prefix do not matter. */
function peerProblems({ ipBlock: { cidr, except = [] } }: GivenPeer): Problem[] {
  const block = parseCidr(cidr)!;
  return under(
    "/ipBlock/except",
    ofEach(except, (text) => {
      const inner = parseCidr(text)!;
      return contains(block, inner) && inner.length > block.length
        ? []
        : [{ path: "", message: `must lie within ${cidr} and be smaller: is ${text}` }];
    }),
  );
}

/** Each block of addresses and each value of ports with a mask, of which flows are made. */
function* matchesOf(rules: readonly GivenRule[]): Generator<unknown> {
  for (const { peers = [], podPorts = [], peerPorts = [], ports = [] } of rules) {
    yield* blocksOf(peers);
    for (const list of [podPorts, peerPorts, ports, ports]) {
      for (const range of rangesOf(list)) yield* portMasks(...range);
    }
  }
}

/** Rules with many exceptions or odd ranges could come to millions of flows, so nobody counts beyond the limit. */
function sizeProblems(rules: readonly GivenRule[]): Problem[] {
  let count = 0;
  for (const _ of matchesOf(rules)) if (++count > LIMITS.ruleMatches) break;
  return count <= LIMITS.ruleMatches ? [] : [{
    path: "",
    message:
      `must come to ${LIMITS.ruleMatches} blocks of addresses and ports at most: come to more`,
  }];
}

function check(rules: readonly GivenRule[]): Problem[] {
  const problems = ofEach(rules, ruleProblems);
  return problems.length > 0 ? problems : sizeProblems(rules);
}

/** What is skipped does not go through the sensor. A peer chooses its own ports, and the Pod's are the Pod's. */
function checkForHops(rules: readonly GivenRule[]): HopProblem[] {
  return rules.flatMap(({ action, ports, peerPorts }, place) => [
    ...(action === "Skip" && ports ? [{ path: `/${place}/ports`, message: SKIPS_PORTS }] : []),
    ...(action === "Skip" && peerPorts
      ? [{
        path: `/${place}/peerPorts`,
        message: "of a rule Skip lets a peer that chooses its port get round the sensor",
        cure: "limit the rule by peers, or skip by podPorts",
      }]
      : []),
  ]);
}

export default defineOption({
  field: "rules",
  docs:
    "Says which packets are meant: the first rule that matches decides; if none does, a packet is meant only if there is " +
    "no rule Include.",
  schema: RULES,
  example: [
    {
      action: "Skip",
      peers: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } }],
    },
    {
      action: "Include",
      protocol: "TCP",
      peerPorts: [{ port: 443 }, { port: 8000, endPort: 8100 }],
    },
  ],
  goesWith: "ports",
  check,
  checkForHops,
  rulesForHops: [{
    rule: 'self.rules.all(each, each.action != "Skip" || !has(each.ports))',
    message: `ports ${SKIPS_PORTS}`,
  }],
  effect: (given) => {
    const rules = given.map(ruleOf);
    return { copy: { rules }, hop: { rules } };
  },
});
