/** The OpenFlow part of a snapshot: what one bridge has besides Sluice's flows and ports. @module */
import type { PrivateOvs } from "../lab/ovs.ts";
import { run } from "../lab/run.ts";

/** Ports, by name, that Sluice has made or whose flooding it has stopped. Names of ports are unique in Open vSwitch. */
export interface Exempt {
  readonly ownPorts: ReadonlySet<string>;
  readonly notFlooding: ReadonlySet<string>;
}

/** Takes a snapshot. */
/** The lines about one bridge. */
export interface SwitchLines {
  /** What is not Sluice's. @param portable Without what two switches cannot have in common. */
  readonly lines: (portable: boolean) => string[];
  /** Sluice's flows. */
  readonly own: readonly string[];
}

/** A cookie of 16 hexadecimal digits that begins with Sluice's four. */
const OWN_FLOW = /^ cookie=0x51ce[0-9a-f]{12},/;

const QUERIES = {
  flows: "-O OpenFlow15 --no-stats dump-flows",
  groups: "-O OpenFlow15 dump-groups",
  meters: "-O OpenFlow15 dump-meters",
  tables: "-O OpenFlow15 dump-table-desc",
  tlvs: "-O OpenFlow15 dump-tlv-map",
  ports15: "-O OpenFlow15 show",
  ports10: "-O OpenFlow10 show",
} as const;
type Part = keyof typeof QUERIES;

const SEPARATOR = "=== next ===";
/** The transaction id of a message, which differs each time. */
const XID = / \(xid=0x[0-9a-f]+\)/g;

/** Reads one bridge. */
export async function switchLines(
  ovs: PrivateOvs,
  bridge: string,
  exempt: Exempt,
): Promise<SwitchLines> {
  // One shell runs all queries, because the start of a process takes most of the time.
  const script = Object.values(QUERIES).map((query) => `ovs-ofctl ${query} ${bridge}`)
    .join(` && echo '${SEPARATOR}' && `);
  const text = (await run("sh", ["-c", script], { env: ovs.environment })).replaceAll(XID, "");
  const answers = text.split(`${SEPARATOR}\n`);
  const parts = Object.fromEntries(
    Object.keys(QUERIES).map((part, index) => [part, answers[index]!]),
  ) as Record<Part, string>;
  const flows = parts.flows.split("\n").filter((line) => line.startsWith(" "));
  const lines = (portable: boolean) =>
    [
      ...flows.filter((line) => !OWN_FLOW.test(line)).map((line) => `flow${line}`).sort(),
      ...parts.groups.split("\n").filter((line) => line.startsWith(" ")).sort(),
      ...parts.meters.replaceAll("\ntype=", " type=").split("\n").sort(),
      ...parts.tables.split("\n"),
      ...parts.tlvs.split("\n"),
      ...[parts.ports10, parts.ports15].flatMap((each) => portLines(each, exempt, portable)),
    ].map((line) => `${bridge}: ${line}`);
  return { lines, own: flows.filter((line) => OWN_FLOW.test(line)) };
}

/** One line for each port, with its whole description. */
function portLines(show: string, exempt: Exempt, portable: boolean): string[] {
  const joined = show.replaceAll(/\n {5,}/g, " ");
  return joined.split("\n").filter((line) => !exempt.ownPorts.has(nameOf(line))).map((line) => {
    const text = portable ? line.replace(/addr:\S+|dpid:\S+/, "") : line;
    if (!exempt.notFlooding.has(nameOf(line))) return text;
    return text.replace(/config: +NO_FLOOD /, "config:     0 ").replace(/ NO_FLOOD /, " ");
  }).sort();
}

const nameOf = (line: string) => /^ \w+\((.*?)\): /.exec(line)?.[1] ?? "";
