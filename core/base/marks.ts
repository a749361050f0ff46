/**
 * Every mark by which Sluice recognizes what it made: keys of `external_ids`, columns of ports, cookies of flows.
 * @module
 */

/** Key of `external_ids` in every row that Sluice makes; its value is the version of what Sluice stores there. */
export const MARK = "sluice";
export const SCHEMA_VERSION = "1";
/** Key in the row of a far end; its value is the port that the far end belongs to, as `farEndOwner` writes it. */
export const FAR_END_OF = `${MARK}-far-end-of`;
/**
 * Antrea's agent crashes if a port lacks this key, and takes a port for its own if the key has a value of Antrea's.
 * Sluice writes a value of its own.
 */
const ANTREA_TYPE = "antrea-type";

/**
 * Key of `external_ids` in the row of an interface; its value is the number that the kernel gave the device (ifindex).
 * A device that is deleted and made again has the same name and another number.
 */
export const DEVICE_INDEX = `${MARK}-ifindex`;

/** The `external_ids` of a new row, with Sluice's mark. */
export const mark = (): Map<string, string> =>
  new Map([[MARK, SCHEMA_VERSION], [ANTREA_TYPE, MARK]]);

/** The value of `FAR_END_OF` in the row of a far end: the bridge and the port that the far end belongs to. */
export const farEndOwner = (bridge: string, port: string): string => `${bridge}:${port}`;

/**
 * The `mac` of Sluice's Port rows. Open vSwitch chooses the bridge's own MAC, from which the datapath ID follows, among
 * the `mac` of its ports: ovs-vswitchd.conf.db(5), Port `mac`. It never chooses a locally administered MAC like this one.
 */
export const LOCALLY_ADMINISTERED = "02:51:ce:00:00:01";

/**
 * Columns of Sluice's Port rows that keep packets of the action NORMAL out of its ports: the port is a trunk of a VLAN
 * that no other port has, and NORMAL does not forward between protected ports.
 */
export const OUT_OF_FORWARDING = {
  vlan_mode: "trunk",
  trunks: 4095,
  protected: true,
  mac: LOCALLY_ADMINISTERED,
} as const;

/**
 * Keys of `other_config` in Sluice's Port rows that keep a port out of the bridge's spanning tree (STP and RSTP). To a
 * spanning tree the two ports of a pair are a loop, and it would block one of them.
 */
export const OUT_OF_SPANNING_TREE = { "rstp-enable": "false", "stp-enable": "false" } as const;

/** Whether a Port row keeps its port out of the bridge's spanning tree. */
export function isOutOfSpanningTree(
  { other_config }: Pick<ForwardingColumns, "other_config">,
): boolean {
  return Object.entries(OUT_OF_SPANNING_TREE).every(([key, value]) => other_config[key] === value);
}

/** The same columns as a Port row has them: ovs-vswitchd.conf.db(5). */
export interface ForwardingColumns {
  readonly vlan_mode?: string | undefined;
  readonly trunks: readonly number[];
  readonly protected: boolean;
  readonly mac?: string | undefined;
  readonly other_config: Readonly<Record<string, string>>;
}

/**
 * Whether a Port row keeps packets of the action NORMAL out of its port, and its port out of spanning trees, in the way
 * that Sluice's rows do.
 */
export function isOutOfForwarding(columns: ForwardingColumns): boolean {
  const { vlan_mode, trunks, protected: shielded, mac } = columns;
  return isOutOfSpanningTree(columns) && vlan_mode === OUT_OF_FORWARDING.vlan_mode && shielded &&
    mac === OUT_OF_FORWARDING.mac &&
    trunks.length === 1 && trunks[0] === OUT_OF_FORWARDING.trunks;
}

/**
 * The name of the OVSDB lock of a bridge. Only the agent that has it changes the bridge: RFC 7047 section 4.1.8. Bridges
 * of one OVSDB have different names, and an id has only letters, digits and underscores: the other characters, and
 * underscores, are written as their code between underscores.
 */
export function lockName(bridge: string): string {
  const code = (character: string) => `_${character.codePointAt(0)!.toString(16)}_`;
  return `${MARK}_bridge_${bridge.replace(/[^A-Za-z0-9]/gu, code)}`;
}

/**
 * Key of the bridge's `external_ids`; its value says which agent has had the bridge's lock last, as `formatHolder` writes
 * it. It stays when the agent ends: only the lock says whether an agent works on the bridge.
 */
export const HOLDER = `${MARK}-agent`;

/**
 * Begins a key of the bridge's `external_ids`; the rest of the key is the name of the first port of a redirect or mirror
 * with several ports. The note says which place each port has, as connections go by places.
 */
export const CHOICE_PLACES = `${MARK}-places:`;

/** The process that has, or has had, the lock of a bridge. */
export interface Holder {
  /** Name of the host, in a container that of the Pod or node. */
  readonly host: string;
  readonly pid: number;
  /** When the process started, as RFC 3339 writes it. */
  readonly since: string;
}

export const formatHolder = ({ host, pid, since }: Holder): string =>
  `host=${host} pid=${pid} since=${since}`;

/** @returns Nothing if the text is not as `formatHolder` writes it. */
export function parseHolder(text: string): Holder | undefined {
  const found = /^host=(?<host>\S+) pid=(?<pid>\d+) since=(?<since>[\dTZ:.-]+)$/.exec(text)?.groups;
  return found && { host: found.host!, pid: Number(found.pid), since: found.since! };
}

/** The cookie of Sluice's flows. The upper 16 bits of a cookie are Sluice's mark, the next 16 bits a class of flows. */
export const OWN_COOKIE = 0x51ce0000_00000000n;
export const OWNER_MASK = 0xffff0000_00000000n;
/**
 * The cookie of flows that the switch learns by actions of Sluice. Sluice does not compare them with its own flows. The
 * lower 32 bits say which of them count together towards a limit.
 */
export const LEARNED_COOKIE = 0x51ce0001_00000000n;
export const CLASS_MASK = 0xffffffff_00000000n;

/** Whether the switch has learned the flow by an action of Sluice. */
export function isLearned({ cookie }: { readonly cookie: bigint }): boolean {
  return (cookie & CLASS_MASK) === LEARNED_COOKIE;
}

/** Whether a flow has Sluice's mark. Flows that the switch learned have it, too. */
export function isOurs({ cookie }: { readonly cookie: bigint }): boolean {
  return (cookie & OWNER_MASK) === OWN_COOKIE;
}

/**
 * The ID of Sluice's OpenFlow connections. The switch sends them only the packets of actions `controller(id=...)` with this
 * ID, and sends these packets to no other controller: ovs-actions(7), `controller`.
 */
export const CONTROLLER_ID = 0x51ce;

/**
 * Meters have no cookie: the upper 8 bits of their numbers are the mark of Sluice's. Others number theirs from 1 on.
 */
export const METER_MARK = 0x51000000;
export const METER_MASK = 0xff000000;

/**
 * What sessions of `sluice capture` are known by. A session has one of a few places, which are numbered from 0 on. Ports
 * from `port` on are in no bridge: OpenFlow 1.5.1 section 7.2.1.2 reserves them where ports have 16 bits. Packets to such a
 * port go to the connection with the ID from `controller` on, through the meters from `meter` on, which no other meter of
 * Sluice is numbered by.
 */
export const CAPTURE = {
  port: 0xff00,
  controller: CONTROLLER_ID + 1,
  meter: METER_MARK + 0xffff00,
  /** Begins the name of the port. It is longer than any name of a port in Open vSwitch. */
  name: "capture-session:",
} as const;
/** How many numbers of each kind they have. */
export const CAPTURE_PLACES = 4;

/** Whether a meter has Sluice's mark. */
export function isOurMeter({ id }: { readonly id: number }): boolean {
  return id - METER_MARK >= 0 && id - METER_MARK < 0x1_0000_0000 - METER_MASK;
}
