/**
 * Pipeline `mirror-only`: it copies packets of any kind, and neither redirects nor drops. A packet enters through one row
 * of table 0 and passes four tables, one after the other. Then it is handed back to table 0, with a bit set, so that it
 * does not enter again. A fifth table counts copies. @module
 */
import type {
  Match,
  Pipeline,
  PluginApi,
  PodPort,
  RealizedTreatment,
  Row,
  RowAction,
  RowDeclaration,
  TableDeclaration,
  Treatment,
} from "./sluice.d.ts";

export const version = "0.1.0";

/** Registers with the ids of the sender's and the receiver's treatment. They are 0 when the packet is handed back. */
const REGISTER = { egress: "reg14", ingress: "reg13" } as const;
/** A register with the id of the counter of a copy. It is 0, too, when the packet is handed back. */
const COUNTER = "reg12";
/** A register whose lowest bit is set if the packet has been handed back. */
const STATE = "reg15";
const ETH_TYPE = { ipv4: 0x0800, ipv6: 0x86dd } as const;
/** The tables that each packet passes. */
const PASSED = ["Sender", "Receiver", "CopyOut", "CopyIn"] as const;
const OWN_TABLES = [...PASSED, "Count"] as const;

const copied = (name: string, matches: string, fields: readonly string[]): RowDeclaration => ({
  name,
  priority: 10,
  matches,
  does: "a copy to each target, which Count counts",
  fields,
  leadsTo: ["Count"],
});

const TABLES: readonly TableDeclaration[] = [
  {
    name: "Bridge",
    rows: [
      {
        name: "closed",
        priority: 65001,
        matches: "from a target",
        does: "dropped: nothing comes in through it",
        fields: ["in_port"],
        leadsTo: [],
      },
      {
        name: "any",
        priority: 65000,
        matches: "not handed back yet",
        does: "each of the tables below, then the bridge's own flows",
        fields: [STATE],
        leadsTo: [...PASSED, "Bridge"],
      },
    ],
  },
  {
    name: "Sender",
    rows: [{
      name: "pod",
      priority: 10,
      matches: "from a Pod's port",
      does: "egress treatment",
      fields: ["in_port"],
      leadsTo: [],
    }],
  },
  {
    name: "Receiver",
    rows: [{
      name: "pod",
      priority: 10,
      matches: "to a Pod's MAC (`match: ip`: to its IP)",
      does: "ingress treatment",
      fields: ["eth_dst", "eth_type", "ip_dst", "ipv6_dst"],
      leadsTo: [],
    }],
  },
  { name: "CopyOut", rows: [copied("treated", "egress treatment", [REGISTER.egress])] },
  {
    name: "CopyIn",
    rows: [
      {
        name: "same",
        priority: 20,
        matches: "the egress treatment is the same",
        does: "nothing: the copies are made",
        fields: [REGISTER.egress, REGISTER.ingress],
        leadsTo: [],
      },
      copied("treated", "ingress treatment", [REGISTER.ingress]),
    ],
  },
  {
    name: "Count",
    rows: [{
      name: "copied",
      priority: 10,
      matches: "a copy for a TrafficControl",
      does: "nothing: the row only counts",
      fields: [COUNTER],
      leadsTo: [],
      counts: "copied",
    }],
  },
];

const set = (field: string, value: number): RowAction => ({
  type: "set_field",
  field,
  value: BigInt(value),
});

/** The parts of a treatment that the pipeline cannot do. Each text completes the sentence "cannot do ...". */
function limits({ copies = [], hops = [], drop }: Treatment): string[] {
  const fields = new Set(copies.flatMap(({ scope = {} }) => Object.keys(scope)));
  return [
    ...(hops.length > 0 ? ["redirects"] : []),
    ...(drop ? ["drops"] : []),
    ...(copies.some(({ to }) => to.length > 1) ? ["copies to one of several ports"] : []),
    ...[...fields].map((field) => `copies with "${field}"`),
  ];
}

type Matcher = PluginApi["match"];

/** The row by which every packet enters once. */
function enter(match: Matcher, tableBase: number): Row {
  return {
    table: 0,
    priority: 65000,
    match: match({ [STATE]: [0, 1] }),
    actions: [
      { type: "set_field", field: STATE, value: 1n, mask: 1n },
      ...PASSED.map((_, index): RowAction => ({ type: "resubmit", table: tableBase + index })),
      ...[REGISTER.egress, REGISTER.ingress, COUNTER].map((register) => set(register, 0)),
      { type: "resubmit", table: 0 },
    ],
  };
}

/** Sends the copies, each of which goes to one port, and counts them. */
function outputs({ copies }: RealizedTreatment, count: number): RowAction[] {
  return copies.flatMap(({ to, counter }) => [
    set(COUNTER, counter),
    { type: "resubmit", table: count },
    { type: "output", port: to[0]!.ofport },
  ]);
}

function copyOut(match: Matcher, tableBase: number, treatment: RealizedTreatment): Row[] {
  const egress = match({ [REGISTER.egress]: treatment.id });
  const actions = outputs(treatment, tableBase + 4);
  return [{ table: tableBase + 2, priority: 10, match: egress, actions }];
}

function copyIn(match: Matcher, tableBase: number, treatment: RealizedTreatment): Row[] {
  const { id } = treatment;
  const ingress = match({ [REGISTER.ingress]: id });
  const same = match({ [REGISTER.egress]: id, [REGISTER.ingress]: id });
  const table = tableBase + 3;
  return [
    { table, priority: 20, match: same, actions: [] },
    { table, priority: 10, match: ingress, actions: outputs(treatment, tableBase + 4) },
  ];
}

/** Matches that recognize packets to the Pod. */
function destinations(match: Matcher, pod: PodPort): Match[] {
  if (pod.match === "mac") return pod.macs.map((mac) => match({ eth_dst: mac }));
  return pod.ips.map((ip) =>
    ip.includes(":")
      ? match({ eth_type: ETH_TYPE.ipv6, ipv6_dst: ip })
      : match({ eth_type: ETH_TYPE.ipv4, ip_dst: ip })
  );
}

function fromPod(match: Matcher, table: number, { ofport, egress }: PodPort): Row[] {
  if (!egress) return [];
  const actions = [set(REGISTER.egress, egress.id)];
  return [{ table, priority: 10, match: match({ in_port: ofport }), actions }];
}

function toPod(match: Matcher, table: number, pod: PodPort): Row[] {
  const { ingress } = pod;
  if (!ingress) return [];
  const actions = [set(REGISTER.ingress, ingress.id)];
  return destinations(match, pod).map((match) => ({ table, priority: 10, match, actions }));
}

const creator = (match: Matcher) => ({ tableBase }: { readonly tableBase: number }): Pipeline => ({
  tables: { first: tableBase, count: OWN_TABLES.length },
  cannot: limits,
  bridge: () => [enter(match, tableBase)],
  copyPort: ({ ofport }) => [
    { table: 0, priority: 65001, match: match({ in_port: ofport }), actions: [] },
  ],
  pair: () => [], // no rows, as `cannot` refuses redirects
  counter: ({ id, counts }) => [
    {
      table: tableBase + 4,
      priority: 10,
      match: match({ [COUNTER]: id }),
      actions: [],
      counts,
      counter: id,
    },
  ],
  treatment: (direction, treatment) =>
    (direction === "egress" ? copyOut : copyIn)(match, tableBase, treatment),
  podPort: (pod) => [...fromPod(match, tableBase, pod), ...toPod(match, tableBase + 1, pod)],
});

export default (api: PluginApi) =>
  api.definePipeline({
    name: "mirror-only",
    docs: "Copies packets of any kind, and can do nothing else.",
    tables: TABLES,
    // With this method Sluice may choose the pipeline by itself. Without it, the pipeline is used only if --pipeline names it.
    // fits: ({ external_ids }) => external_ids["my-owner"] !== undefined,
    create: creator(api.match),
  });
