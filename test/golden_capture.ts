/**
 * What a bridge has and what the agent says of it, as text that is the same in every run.
 *
 * Only four things differ between runs:
 * - The order of flows in a dump and of rows in OVSDB. Those lines are sorted.
 * - The OpenFlow numbers of the ports that Sluice makes: ovs-vswitchd numbers new ports in an order of its own. So the
 *   port's name stands wherever a port's number was. Ports of Pods are treated alike, although their numbers are fixed.
 * - The MAC of the bridge, which Open vSwitch chooses.
 * - Which of the rows is there that take turns, as that depends on how many bundles the agent sent.
 *
 * Nothing else follows from such a number: the id of a treatment is a hash of names, its copies go out in the order of
 * names, and a plan gives placeholders to ports that do not exist yet. Cookies, tables, priorities, masks and all other
 * values are compared as they are. Packet counters, too: no Pod sends anything, so they are 0.
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { BRIDGE, sluice } from "./lab/agent.ts";
import type { PrivateOvs } from "./lab/ovs.ts";

interface OpenFlowPort {
  readonly name: string;
  /** Flags, e.g. `NO_FLOOD`, or `0` if there are none. */
  readonly config: string;
}
export type Ports = ReadonlyMap<number, OpenFlowPort>;

/** The bridge's ports by their numbers. Only OpenFlow 1.0 tells whether NORMAL floods to a port. */
export async function readPorts(ovs: PrivateOvs): Promise<Ports> {
  const text = await ovs.ofctl("-O", "OpenFlow10", "show", BRIDGE);
  const found = text.matchAll(/^ (\w+)\((.+)\): addr:.*\n +config: +(.+)$/gm);
  return new Map([...found].map(([, number, name, config]) => [
    Number(number), // NaN for the bridge's own port, which flows call LOCAL
    { name: name!, config: config! },
  ]));
}

// --- The switch ---

/**
 * Where a flow names a port by its number: as its input and output, in the register of the port by which a packet came
 * (`reg12`), in that of the port for a copy (`reg11`), in those of a choice (`reg9`, `reg8`), and in the low 16 bits of
 * the state register (`reg15`), where a pair is known by its return port. The other bits of `reg15` are no numbers: they have masks of their own, or are the
 * top bit alone, which says that a packet is handed back. `plugins/pipelines/_layout.ts` has the registers.
 */
const NUMBERS = [
  /(?<=\bin_port=)\d+/g,
  /(?<=\boutput:)\d+/g,
  /(?<=\boutput\(port=)\d+/g,
  /(?<=\breg1[12]=)0x[0-9a-f]+/g,
  /(?<=\breg15=)0x[0-9a-f]+(?=\/0x[0-9a-f]{0,4}ffff\b)/g,
  /(?<=\bset_field:)0x[0-9a-f]+(?=->reg1[12]\b)/g,
  /(?<=\bset_field:)0x(?!80000000)[0-9a-f]+(?=(?:\/0xffff)?->reg15\b)/g,
  /(?<=\breg9=)0x[0-9a-f]+(?=\/0x[0-9a-f]?ffff\b)/g,
  /(?<=\bset_field:)0x[0-9a-f]+(?=->reg[89]\b)/g,
  /(?<=\bmembers:[\d,]*)\d+/g,
];
/** The bits of a register that are a port's number; higher bits say more about it. */
const NUMBER_BITS = 0xffff;

/** What the rows match that take turns: `UNUSED_MARKS` in `plugins/pipelines/_layout.ts`. */
const TURN = /pkt_mark=0x[24]0000000\/0x[24]0000000/;

/** The flow with the names of ports in place of their numbers. */
export function withNames(flow: string, ports: Ports): string {
  const named = (number: string) => {
    const low = Number(number) & NUMBER_BITS;
    const port = ports.get(low);
    const high = Number(number) - low;
    return port ? `${high > 0 ? `0x${high.toString(16)}+` : ""}port(${port.name})` : number;
  };
  return NUMBERS.reduce((text, place) => text.replace(place, named), flow)
    .replace(TURN, "pkt_mark=(turn)");
}

const sorted = (lines: readonly string[]) => [...lines].sort().join("\n") + "\n";

/** All flows of the bridge, those of its owner, too. */
export async function flowsOf(ovs: PrivateOvs): Promise<string> {
  const ports = await readPorts(ovs);
  const dump = await ovs.ofctl("--no-names", "--no-stats", "dump-flows", BRIDGE);
  const flows = (await withoutMAC(ovs, dump)).trim().split("\n");
  return sorted(flows.map((flow) => withNames(flow.trim(), ports)));
}

/** The text with a name in place of the bridge's own MAC, which is another one in every run. */
async function withoutMAC(ovs: PrivateOvs, text: string): Promise<string> {
  const mac = JSON.parse(await ovs.vsctl("get", "interface", BRIDGE, "mac_in_use")) as string;
  return text.replaceAll(mac, `mac(${BRIDGE})`);
}

/** Columns that Sluice writes, and others that it must leave alone. */
const COLUMNS = {
  Bridge: "external_ids,other_config,protocols",
  Port: "external_ids,other_config,mac,vlan_mode,tag,trunks,protected",
  Interface: "type,options,external_ids,other_config,mtu_request,ofport_request,error",
} as const;

/** Key of the bridge's `external_ids` whose value differs from run to run: the agent's process. */
const AGENT_NOTE = "sluice-agent";

/** The bridge's row in OVSDB, then a line for each of its ports: its two rows and its OpenFlow flags. */
export async function portsOf(ovs: PrivateOvs): Promise<string> {
  const read = async (table: keyof typeof COLUMNS) =>
    rowsByName(await ovs.vsctl("--format=json", `--columns=name,${COLUMNS[table]}`, "list", table));
  const [bridges, ports, interfaces] = [
    await read("Bridge"),
    await read("Port"),
    await read("Interface"),
  ];
  const lines = [...(await readPorts(ovs)).values()].map(({ name, config }) =>
    `${name}: Interface ${interfaces.get(name)} Port ${ports.get(name)} flags ${config}`
  );
  return `${BRIDGE}: Bridge ${bridges.get(BRIDGE)}\n${sorted(lines)}`;
}

/** Rows as JSON by their names, without columns that are empty or false. */
function rowsByName(json: string): Map<string, string> {
  const { headings, data } = JSON.parse(json) as { headings: string[]; data: unknown[][] };
  return new Map(data.map(([name, ...values]) => {
    const columns = values.map((value, index) => [headings[index + 1], plain(value)] as const)
      .filter(([, value]) => !/^(""|\[\]|\{\}|false)$/.test(JSON.stringify(value)));
    return [`${name}`, JSON.stringify(Object.fromEntries(columns))];
  }));
}

/** A value of OVSDB (RFC 7047 section 5.1) without its notation; maps and sets are sorted. */
function plain(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const [kind, content] = value as ["map" | "set", unknown[]];
  if (kind === "set") return [...content].sort();
  const pairs = (content as [string, unknown][]).filter(([key]) => key !== AGENT_NOTE);
  return Object.fromEntries(pairs.sort(([a], [b]) => a < b ? -1 : 1));
}

// --- The program ---

/** What a command writes; it must succeed, and complain of nothing. */
async function output(ovs: PrivateOvs, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await sluice(ovs, ...args);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, stdout);
  return stdout;
}

export const manifestsOf = (ovs: PrivateOvs) => join(ovs.dir, "manifests");

/** `sluice plan` for the manifests that the agent reads, as it stands. */
export async function planOf(ovs: PrivateOvs): Promise<string> {
  const bridge = ["--node", "node1", "--bridge", BRIDGE, "--ovsdb", ovs.db];
  return await withoutMAC(ovs, await output(ovs, "plan", "-f", manifestsOf(ovs), ...bridge));
}

/** The same on a bridge with ports and flows of Sluice's, whose numbers and order stand in the plan. */
export async function sortedPlanOf(ovs: PrivateOvs): Promise<string> {
  const ports = await readPorts(ovs);
  const lines = (await planOf(ovs)).trimEnd().split("\n");
  return sorted(lines.map((line) => withNames(line, ports)));
}

/** `sluice status -o json`, as it stands but for the numbers of ports. */
export async function statusOf(ovs: PrivateOvs): Promise<string> {
  const ports = await readPorts(ovs);
  const text = await output(ovs, "status", "-o", "json");
  const pretty = (state: unknown) => JSON.stringify(state, undefined, 2) + "\n";
  assert.equal(text, pretty(JSON.parse(text)), "JSON, indented by two blanks");
  return pretty(JSON.parse(text, (key, value) => {
    return key === "ofport" ? `port(${ports.get(value)?.name})` : value;
  }));
}

/** `sluice status`, as it stands but for the numbers of ports: each is a `#`. */
export async function statusTextOf(ovs: PrivateOvs): Promise<string> {
  const ports = await readPorts(ovs);
  const text = await output(ovs, "status");
  const at = text.indexOf("\nPods\n"); // from here on, a port's number stands behind its name
  const hidden = text.slice(at).replace(/(\S+)( +)(\d+)(?= )/g, (all, name, gap, number) => {
    const isNumber = ports.get(Number(number))?.name === name;
    return isNumber ? name + gap + "#".padEnd(number.length) : all;
  });
  return text.slice(0, at) + hidden;
}

// --- Shorter forms for large situations ---

/** Flows with what they have in common, their cookie and table, once above them. Nothing is lost. */
export function underHeads(text: string): string {
  let head = "";
  return text.split("\n").flatMap((line) => {
    const [all = "", found = ""] = /^(.*\bcookie=\w+,(?: table=\d+,)?) priority=/.exec(line) ?? [];
    if (all === "") return [line];
    const heads = found === head ? [] : [found];
    head = found;
    return [...heads, ` ${line.slice(found.length + 1)}`];
  }).join("\n");
}

/** A state in JSON with a line for each object in it, and one for each condition. */
export function lineByLine(state: string): string {
  const lines = Object.entries(JSON.parse(state)).flatMap(([key, value]) => {
    if (!Array.isArray(value)) return [`${key}: ${JSON.stringify(value)}`];
    return [
      `${key}:`,
      ...value.flatMap(({ conditions = [], ...rest }) => [
        `  ${JSON.stringify(rest)}`,
        ...conditions.map((condition: unknown) => `    ${JSON.stringify(condition)}`),
      ]),
    ];
  });
  return lines.join("\n") + "\n";
}

/** `sluice status` without the table of Pods, which is long. */
export const withoutPods = (status: string) => status.replace(/\nPods\n[^]*(?=\nPorts\n)/, "");
