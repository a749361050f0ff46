/**
 * Pipeline `mirror-only`: copies packets of any kind, and neither redirects nor drops. A packet enters through one row
 * of table 0, passes four tables one after the other, and is handed back to table 0 with a bit that says so. @module
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

/** Registers with the treatments of sender and receiver; they are 0 when the packet is handed back. */
const REGISTER = { egress: "reg14", ingress: "reg13" } as const;
/** Its lowest bit says that a packet has been handed back. */
const STATE = "reg15";
const ETH_TYPE = { ipv4: 0x0800, ipv6: 0x86dd } as const;
const OWN_TABLES = ["Sender", "Receiver", "CopyOut", "CopyIn"] as const;

const copied = (name: string, matches: string, fields: readonly string[]): RowDeclaration => ({
  name,
  priority: 10,
  matches,
  does: "a copy to each target",
  fields,
  leadsTo: [],
  counts: "copied",
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
        leadsTo: [...OWN_TABLES, "Bridge"],
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
];

const set = (field: string, value: number): RowAction => ({
  type: "set_field",
  field,
  value: BigInt(value),
});

/** What is asked for and cannot be done, in words. */
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

/** All packets enter here once. */
function enter(match: Matcher, tableBase: number): Row {
  return {
    table: 0,
    priority: 65000,
    match: match({ [STATE]: [0, 1] }),
    actions: [
      { type: "set_field", field: STATE, value: 1n, mask: 1n },
      ...OWN_TABLES.map((_, index): RowAction => ({ type: "resubmit", table: tableBase + index })),
      set(REGISTER.egress, 0),
      set(REGISTER.ingress, 0),
      { type: "resubmit", table: 0 },
    ],
  };
}

const outputs = ({ copies }: RealizedTreatment): RowAction[] =>
  copies.flatMap(({ to }) => to).map(({ ofport }) => ({ type: "output", port: ofport }));

function copyOut(match: Matcher, table: number, treatment: RealizedTreatment): Row[] {
  const egress = match({ [REGISTER.egress]: treatment.id });
  return [{ table, priority: 10, match: egress, actions: outputs(treatment), counts: "copied" }];
}

function copyIn(match: Matcher, table: number, treatment: RealizedTreatment): Row[] {
  const { id } = treatment;
  const ingress = match({ [REGISTER.ingress]: id });
  const same = match({ [REGISTER.egress]: id, [REGISTER.ingress]: id });
  return [
    { table, priority: 20, match: same, actions: [] },
    { table, priority: 10, match: ingress, actions: outputs(treatment), counts: "copied" },
  ];
}

/** How packets to the Pod are known. */
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
  pair: () => [], // it refuses redirects
  treatment: (direction, treatment) =>
    direction === "egress"
      ? copyOut(match, tableBase + 2, treatment)
      : copyIn(match, tableBase + 3, treatment),
  podPort: (pod) => [...fromPod(match, tableBase, pod), ...toPod(match, tableBase + 1, pod)],
});

export default (api: PluginApi) =>
  api.definePipeline({
    name: "mirror-only",
    docs: "Copies packets of any kind, and can do nothing else.",
    tables: TABLES,
    // Bridges that it is for. Without `fits` it is used only where --pipeline names it.
    // fits: ({ external_ids }) => external_ids["my-owner"] !== undefined,
    create: creator(api.match),
  });
