/**
 * Everything in a private Open vSwitch that is not Sluice's, as sorted lines: all of OVSDB, and by OpenFlow all flows,
 * groups, meters and ports. Two dumps are equal byte for byte exactly when nobody changed anything of others'.
 * @module
 */
import type { PrivateOvs } from "../lab/ovs.ts";
import { ipIn, run } from "../lab/run.ts";
import { switchLines } from "./snapshot_switch.ts";

/** Columns that change by themselves; all others are compared. */
const VOLATILE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Open_vSwitch: {
    next_cfg: "ovs-vsctl counts each of its transactions, whatever it does",
    cur_cfg: "ovs-vswitchd repeats next_cfg",
    statistics: "CPU and memory of the node",
  },
  Interface: { statistics: "counts packets" },
  Port: { statistics: "counts BPDUs" },
  Mirror: { statistics: "counts packets" },
  Controller: { status: "seconds since it was connected" },
  Manager: { status: "seconds since it was connected" },
};

/** What two switches cannot have in common, left out where they are compared with each other. */
const INDIVIDUAL: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Bridge: { datapath_id: "made from a MAC that is random" },
  Interface: {
    mac_in_use: "the kernel gives internal ports random MACs",
    ifindex: "the kernel's count of devices",
    link_resets: "a switch that is started looks at links sooner or later",
  },
};

const OWN_KEY = "sluice";
/** Keys of a bridge's `external_ids`: other people's ports that flood no more as long as Sluice sends into them. */
const FLOOD_NOTE = "sluice-flooded:";

type Atom = string | number | boolean | readonly ["uuid", string];
type Value = Atom | readonly ["set", readonly Atom[]] | readonly ["map", readonly [Atom, Atom][]];
type Row = Readonly<Record<string, Value>>;
type Tables = ReadonlyMap<string, readonly Row[]>;

export interface Snapshot {
  /** With the rows' UUIDs, MACs and all: for one switch, before and after. */
  readonly exact: string;
  /** Without what two switches with one history do not have in common. */
  readonly portable: string;
  /** Names of Sluice's ports. */
  readonly ownPorts: readonly string[];
  /** All that carries Sluice's marks: rows, notes, flows. */
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

/** Rows with Sluice's mark, in whatever table, and its notes in rows of others. */
function ownRows(tables: Tables): string[] {
  return [...tables].flatMap(([table, found]) =>
    found.flatMap((row) => [
      ...(isOurs(row) ? [label(table, row)] : []),
      ...flooded(row).map((port) => `${label(table, row)} ${FLOOD_NOTE}${port}`),
    ])
  );
}

/** What a row is called by itself: its name, or what its owner has noted. */
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
      .map(([column, value]) => `${label(table, row)} ${column}: ${textOf(value, reference)}`)
  );
  return lines.sort();
}

/** @returns What to call a row; nothing for a row of Sluice's, and for one that is not there any more. */
type Reference = (uuid: string) => string | undefined;

/**
 * A value, without references to rows of Sluice's and without its notes. And without weak references to rows that are
 * gone: OVSDB keeps them for a while if the transaction that removed the row changed the referring one as well.
 */
function textOf(value: Value, reference: Reference = (uuid) => uuid): string {
  if (!Array.isArray(value)) return JSON.stringify(value);
  const [kind, content] = value as ["uuid" | "set" | "map", unknown];
  const sorted = (texts: readonly string[]) => texts.filter((text) => text !== "").sort().join(" ");
  if (kind === "uuid") return reference(content as string) ?? "";
  if (kind === "set") return sorted((content as Atom[]).map((atom) => textOf(atom, reference)));
  const pairs = (content as [Atom, Atom][]).filter(([key]) => !`${key}`.startsWith(FLOOD_NOTE));
  return sorted(pairs.map((pair) => pair.map((atom) => textOf(atom, reference)).join("=")));
}

// --- Linux ---

/** All network devices of the switch's namespace: of what Open vSwitch changes in the kernel for a port. */
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

/** Lines that only one of two dumps has, for people. */
export function difference(before: string, after: string): string {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const [oldSet, nowSet] = [new Set(old), new Set(now)];
  return [
    ...old.filter((line) => !nowSet.has(line)).map((line) => `- ${line}`),
    ...now.filter((line) => !oldSet.has(line)).map((line) => `+ ${line}`),
  ].join("\n");
}
