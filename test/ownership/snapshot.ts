/**
 * All that a private Open vSwitch has besides what Sluice has made, as sorted lines: all rows of OVSDB, and all flows,
 * groups, meters and ports of OpenFlow. If nothing of the owner was changed, two snapshots are equal byte for byte.
 * @module
 */
import type { PrivateOvs } from "../lab/ovs.ts";
import { ipIn, run } from "../lab/run.ts";
import { switchLines } from "./snapshot_switch.ts";

/** Columns that change by themselves, and why. All other columns are compared. */
const VOLATILE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Open_vSwitch: {
    next_cfg: "ovs-vsctl counts each of its transactions, whatever it does",
    cur_cfg: "ovs-vswitchd repeats next_cfg",
    statistics: "CPU and memory of the node",
  },
  Interface: { statistics: "counts packets" },
  Port: { statistics: "counts BPDUs", rstp_statistics: "counts BPDUs" },
  Mirror: { statistics: "counts packets" },
  Controller: { status: "seconds since it was connected" },
  Manager: { status: "seconds since it was connected" },
};

/** Columns that cannot be equal on two switches, and why. They are left out when two switches are compared. */
const INDIVIDUAL: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Bridge: {
    datapath_id: "made from a MAC that is random",
    status: "of a spanning tree, whose ids are made from a MAC that is random",
    rstp_status: "of a spanning tree, whose ids are made from a MAC that is random",
  },
  Port: {
    status: "of a spanning tree, whose ids are made from a MAC that is random",
    rstp_status: "of a spanning tree, whose ids are made from a MAC that is random",
  },
  Interface: {
    mac_in_use: "the kernel gives internal ports random MACs",
    ifindex: "the kernel's count of devices",
    link_resets: "a switch that is started looks at links sooner or later",
  },
};

/**
 * Whether two switches may differ in the MTU of this interface: a switch that is started makes its ports in an order of its
 * own, and gives an internal port another MTU if the smallest one of the other ports is known only later.
 */
const hasIndividualMTU = ({ type, mtu_request }: Row) =>
  type === "internal" && Array.isArray(mtu_request);

const OWN_KEY = "sluice";
/** Begins keys of a bridge's `external_ids`: ports of the owner that do not flood as long as Sluice sends into them. */
const FLOOD_NOTE = "sluice-flooded:";
/** Key of a bridge's `external_ids`: which agent works on it, or has worked on it last. */
const AGENT_NOTE = "sluice-agent";

type Atom = string | number | boolean | readonly ["uuid", string];
type Value = Atom | readonly ["set", readonly Atom[]] | readonly ["map", readonly [Atom, Atom][]];
type Row = Readonly<Record<string, Value>>;
type Tables = ReadonlyMap<string, readonly Row[]>;

export interface Snapshot {
  /** All lines, to compare one switch before and after. */
  readonly exact: string;
  /** All lines that are equal on two switches with the same changes. */
  readonly portable: string;
  /** Names of Sluice's ports. */
  readonly ownPorts: readonly string[];
  /** All that has Sluice's mark: rows, notes and flows, a line each. */
  readonly own: readonly string[];
}

export async function snapshot(ovs: PrivateOvs): Promise<Snapshot> {
  const tables = await readDatabase(ovs);
  const exempt = {
    ownPorts: new Set(rows(tables, "Interface").filter(isOurs).map(nameOf)),
    notFlooding: new Set(rows(tables, "Bridge").flatMap(flooded)),
  };
  const bridges = rows(tables, "Bridge").map(nameOf).sort();
  const flows = await Promise.all(bridges.map((name) => switchLines(ovs, name, exempt)));
  const render = (portable: boolean) =>
    [...databaseLines(tables, portable), ...flows.flatMap((each) => each.lines(portable))]
      .join("\n") + "\n";
  return {
    exact: render(false),
    portable: render(true),
    ownPorts: [...exempt.ownPorts].sort(),
    own: [...ownRows(tables), ...flows.flatMap(({ own }) => own)],
  };
}

// --- OVSDB ---

async function readDatabase(ovs: PrivateOvs): Promise<Tables> {
  const text = await run("ovsdb-client", ["-f", "json", "dump", ovs.db, "Open_vSwitch"], {
    env: ovs.environment,
  });
  const tables = text.trim().split("\n").map((line) => {
    const { caption, headings, data } = JSON.parse(line) as {
      caption: string;
      headings: string[];
      data: Value[][];
    };
    const found = data.map((values) =>
      Object.fromEntries(headings.map((heading, index) => [heading, values[index]!]))
    );
    return [caption.replace(/ table$/, ""), found] as const;
  });
  return new Map(tables);
}

const rows = (tables: Tables, table: string) => tables.get(table) ?? [];
const nameOf = ({ name }: Row) => name as string;

function keysOf(value: Value | undefined): string[] {
  return Array.isArray(value) && value[0] === "map"
    ? (value[1] as [Atom, Atom][]).map(([key]) => `${key}`)
    : [];
}
const isOurs = ({ external_ids }: Row) => keysOf(external_ids).includes(OWN_KEY);
const flooded = ({ external_ids }: Row) =>
  keysOf(external_ids).filter((key) => key.startsWith(FLOOD_NOTE))
    .map((key) => key.slice(FLOOD_NOTE.length));

/** Rows of any table with Sluice's mark, and Sluice's notes in rows of the owner. */
function ownRows(tables: Tables): string[] {
  return [...tables].flatMap(([table, found]) =>
    found.flatMap((row) => [
      ...(isOurs(row) ? [label(table, row)] : []),
      ...flooded(row).map((port) => `${label(table, row)} ${FLOOD_NOTE}${port}`),
    ])
  );
}

/** A name for a row that does not depend on UUIDs: its `external_ids:id`, its name or its target. */
function label(table: string, row: Row): string {
  const { _uuid, name, external_ids, target } = row;
  const id = (external_ids?.valueOf() as readonly ["map", [Atom, Atom][]] | undefined)?.[1]
    .find(([key]) => key === "id")?.[1];
  return `${table} ${id ?? name ?? target ?? (table === "Open_vSwitch" ? "." : textOf(_uuid!))}`;
}

function databaseLines(tables: Tables, portable: boolean): string[] {
  const all = [...tables].flatMap(([table, found]) => found.map((row) => ({ table, row })));
  const own = new Set(all.filter(({ row }) => isOurs(row)).map(({ row }) => textOf(row._uuid!)));
  const labels = new Map(all.map(({ table, row }) => [textOf(row._uuid!), label(table, row)]));
  const reference = (uuid: string) =>
    own.has(uuid) ? undefined : portable ? labels.get(uuid) : labels.has(uuid) ? uuid : undefined;
  const lines = all.filter(({ row }) => !isOurs(row)).flatMap(({ table, row }) =>
    Object.entries(row)
      .filter(([column]) => !VOLATILE[table]?.[column])
      .filter(([column]) => !portable || (column !== "_uuid" && !INDIVIDUAL[table]?.[column]))
      .filter(([column]) => !portable || column !== "mtu" || !hasIndividualMTU(row))
      .map(([column, value]) => `${label(table, row)} ${column}: ${textOf(value, reference)}`)
  );
  return lines.sort();
}

/** @returns The name of a row; nothing for a row that Sluice has made, and for one that does not exist any more. */
type Reference = (uuid: string) => string | undefined;

/**
 * A value as text, without Sluice's notes and without references to rows that Sluice has made or that are gone. OVSDB
 * keeps a weak reference to a deleted row for a while, if the same transaction has changed the row that refers to it.
 */
function textOf(value: Value, reference: Reference = (uuid) => uuid): string {
  if (!Array.isArray(value)) return JSON.stringify(value);
  const [kind, content] = value as ["uuid" | "set" | "map", unknown];
  const sorted = (texts: readonly string[]) => texts.filter((text) => text !== "").sort().join(" ");
  if (kind === "uuid") return reference(content as string) ?? "";
  if (kind === "set") return sorted((content as Atom[]).map((atom) => textOf(atom, reference)));
  const pairs = (content as [Atom, Atom][])
    .filter(([key]) => !`${key}`.startsWith(FLOOD_NOTE) && key !== AGENT_NOTE);
  return sorted(pairs.map((pair) => pair.map((atom) => textOf(atom, reference)).join("=")));
}

// --- Linux ---

/** All network devices of the switch's namespace, with the properties that Open vSwitch may change for a port. */
export async function devices(ovs: PrivateOvs): Promise<string> {
  const found = JSON.parse(await ipIn(ovs.netns, "-d", "-j", "link", "show")) as {
    readonly ifname: string;
    readonly mtu: number;
    readonly address: string;
    readonly promiscuity: number;
    readonly flags: readonly string[];
  }[];
  const lines = found.map(({ ifname, mtu, address, promiscuity, flags }) =>
    [ifname, mtu, address, promiscuity, ...[...flags].sort()].join(" ")
  );
  return lines.sort().join("\n") + "\n";
}

// --- Differences ---

/** Lines that only one of two snapshots has, with `-` and `+`, for the message of a failed test. */
export function difference(before: string, after: string): string {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const [oldSet, nowSet] = [new Set(old), new Set(now)];
  return [
    ...old.filter((line) => !nowSet.has(line)).map((line) => `- ${line}`),
    ...now.filter((line) => !oldSet.has(line)).map((line) => `+ ${line}`),
  ].join("\n");
}
