/**
 * The table of match fields: ovs-fields(7). Their order is that in which Open vSwitch writes them into a match. A new
 * field is a new line.
 * @module
 */
import { ProtocolError } from "../../base/errors.ts";
import { bytesFor } from "./binary.ts";
import type { FieldFormat, FieldHeader, FieldSpec } from "./field_types.ts";
import type { PrerequisiteName } from "./protocols.ts";

/** The OXM class of headers that have an experimenter: OpenFlow 1.5.1 section 7.2.3.2. */
export const EXPERIMENTER_CLASS = 0xffff;
/** The experimenter id of Nicira, under which Open vSwitch has its extensions. */
export const NICIRA = 0x2320;
const NSH_EXPERIMENTER = 0x5ad650;

const CLASS = { nxmOf: 0x0000, nxmNx: 0x0001, oxmOf: 0x8000, packetRegister: 0x8001 } as const;

const oxm = (name: string, number: number): FieldHeader => (
  { name: `OXM_OF_${name}`, class: CLASS.oxmOf, number }
);
const nxm = (name: string, number: number): FieldHeader => (
  { name: `NXM_OF_${name}`, class: CLASS.nxmOf, number }
);
const nx = (name: string, number: number): FieldHeader => (
  { name: `NXM_NX_${name}`, class: CLASS.nxmNx, number }
);
const nxExperimenter = (name: string, number: number): FieldHeader => (
  { name: `NXOXM_ET_${name}`, class: EXPERIMENTER_CLASS, number, experimenter: NICIRA }
);
const nsh = (name: string, number: number): FieldHeader => (
  { name: `NXOXM_NSH_${name}`, class: EXPERIMENTER_CLASS, number, experimenter: NSH_EXPERIMENTER }
);

interface FieldOptions {
  /** The header in OpenFlow 1.5, and that in Nicira actions if it is another. */
  readonly on: readonly [FieldHeader, FieldHeader?];
  readonly mask?: true;
  readonly subfieldWidth?: number;
  /** @default {"decimal"} */
  readonly as?: FieldFormat;
  readonly aka?: readonly string[];
  readonly needs?: readonly PrerequisiteName[];
}

function field(name: string, width: number, options: FieldOptions): FieldSpec {
  const { on: [header, shortHeader = header], mask, as = "decimal", aka = [], needs = [] } =
    options;
  return {
    name,
    width,
    subfieldWidth: options.subfieldWidth ?? width,
    bytes: WIRE_BYTES.get(name) ?? bytesFor(width),
    maskable: mask ?? false,
    format: as,
    header,
    shortHeader,
    aliases: aka,
    needs,
  };
}

/** The bytes of fields that take more bytes than their bits need. */
const WIRE_BYTES: ReadonlyMap<string, number> = new Map([
  ["tun_flags", 2],
  ["tun_erspan_idx", 4],
  ["mpls_label", 4],
  ["ipv6_label", 4],
  ["nsh_spi", 4],
]);

const IP: readonly PrerequisiteName[] = ["ip", "ipv6"];
const hexadecimal = "hexadecimal";

function registers(): FieldSpec[] {
  const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);
  const wide = (number: number): FieldHeader => (
    { name: `OXM_OF_PKT_REG${number}`, class: CLASS.packetRegister, number }
  );
  return [
    ...numbers(16).map((n) =>
      field(`reg${n}`, 32, { on: [nx(`REG${n}`, n)], mask: true, as: hexadecimal })
    ),
    ...numbers(8).map((n) => field(`xreg${n}`, 64, { on: [wide(n)], mask: true, as: hexadecimal })),
    ...numbers(4).map((n) =>
      field(`xxreg${n}`, 128, { on: [nx(`XXREG${n}`, 111 + n)], mask: true, as: hexadecimal })
    ),
  ];
}

/** All fields that this client knows by name. */
// deno-fmt-ignore: one field, one line
export const FIELDS: readonly FieldSpec[] = [
  field("packet_type", 32, { on: [oxm("PACKET_TYPE", 44)], as: "packet_type" }),
  field("dp_hash", 32, { on: [nxExperimenter("DP_HASH", 0), nx("DP_HASH", 35)], mask: true, as: hexadecimal }),
  field("recirc_id", 32, { on: [nx("RECIRC_ID", 36)], as: hexadecimal }),
  field("conj_id", 32, { on: [nx("CONJ_ID", 37)] }),
  field("in_port", 16, { on: [nxm("IN_PORT", 0)], as: "port" }),
  field("in_port_oxm", 32, { on: [oxm("IN_PORT", 0)], as: "port" }),
  field("actset_output", 32, { on: [oxm("ACTSET_OUTPUT", 43)], as: "port" }),
  field("eth_src", 48, { on: [oxm("ETH_SRC", 4), nxm("ETH_SRC", 2)], mask: true, as: "ethernet", aka: ["dl_src"] }),
  field("eth_dst", 48, { on: [oxm("ETH_DST", 3), nxm("ETH_DST", 1)], mask: true, as: "ethernet", aka: ["dl_dst"] }),
  field("eth_type", 16, { on: [oxm("ETH_TYPE", 5), nxm("ETH_TYPE", 3)], as: hexadecimal, aka: ["dl_type"] }),
  field("vlan_tci", 16, { on: [nxm("VLAN_TCI", 4)], mask: true, as: hexadecimal }),
  field("vlan_vid", 13, { on: [oxm("VLAN_VID", 6)], mask: true, subfieldWidth: 12 }),
  field("vlan_pcp", 3, { on: [oxm("VLAN_PCP", 7)], needs: ["vlan"] }),
  field("mpls_tc", 3, { on: [oxm("MPLS_TC", 35)], needs: ["mpls", "mplsm"] }),
  field("mpls_bos", 1, { on: [oxm("MPLS_BOS", 36)], needs: ["mpls", "mplsm"] }),
  field("mpls_ttl", 8, { on: [nx("MPLS_TTL", 30)], needs: ["mpls", "mplsm"] }),
  field("mpls_label", 20, { on: [oxm("MPLS_LABEL", 34)], needs: ["mpls", "mplsm"] }),
  field("ip_src", 32, { on: [oxm("IPV4_SRC", 11), nxm("IP_SRC", 7)], mask: true, as: "ipv4", aka: ["nw_src"], needs: ["ip"] }),
  field("ip_dst", 32, { on: [oxm("IPV4_DST", 12), nxm("IP_DST", 8)], mask: true, as: "ipv4", aka: ["nw_dst"], needs: ["ip"] }),
  field("ipv6_src", 128, { on: [oxm("IPV6_SRC", 26), nx("IPV6_SRC", 19)], mask: true, as: "ipv6", needs: ["ipv6"] }),
  field("ipv6_dst", 128, { on: [oxm("IPV6_DST", 27), nx("IPV6_DST", 20)], mask: true, as: "ipv6", needs: ["ipv6"] }),
  field("ip_frag", 2, { on: [nx("IP_FRAG", 26)], mask: true, as: "fragment", aka: ["nw_frag"], needs: IP }),
  field("nw_tos", 8, { on: [nxm("IP_TOS", 5)], needs: IP }),
  field("ip_dscp", 6, { on: [oxm("IP_DSCP", 8)], needs: IP }),
  field("ip_ecn", 2, { on: [oxm("IP_ECN", 9), nx("IP_ECN", 28)], aka: ["nw_ecn"], needs: IP }),
  field("nw_ttl", 8, { on: [nx("IP_TTL", 29)], needs: IP }),
  field("ipv6_label", 20, { on: [oxm("IPV6_FLABEL", 28), nx("IPV6_LABEL", 27)], mask: true, as: hexadecimal, needs: ["ipv6"] }),
  field("ip_proto", 8, { on: [oxm("IP_PROTO", 10), nxm("IP_PROTO", 6)], aka: ["nw_proto"], needs: IP }),
  field("tcp_src", 16, { on: [oxm("TCP_SRC", 13), nxm("TCP_SRC", 9)], mask: true, needs: ["tcp", "tcp6"] }),
  field("tcp_dst", 16, { on: [oxm("TCP_DST", 14), nxm("TCP_DST", 10)], mask: true, needs: ["tcp", "tcp6"] }),
  field("tcp_flags", 12, { on: [oxm("TCP_FLAGS", 42), nx("TCP_FLAGS", 34)], mask: true, as: "tcp_flags", needs: ["tcp", "tcp6"] }),
  field("udp_src", 16, { on: [oxm("UDP_SRC", 15), nxm("UDP_SRC", 11)], mask: true, needs: ["udp", "udp6"] }),
  field("udp_dst", 16, { on: [oxm("UDP_DST", 16), nxm("UDP_DST", 12)], mask: true, needs: ["udp", "udp6"] }),
  field("sctp_src", 16, { on: [oxm("SCTP_SRC", 17)], mask: true, needs: ["sctp", "sctp6"] }),
  field("sctp_dst", 16, { on: [oxm("SCTP_DST", 18)], mask: true, needs: ["sctp", "sctp6"] }),
  field("icmp_type", 8, { on: [oxm("ICMPV4_TYPE", 19), nxm("ICMP_TYPE", 13)], needs: ["icmp"] }),
  field("icmp_code", 8, { on: [oxm("ICMPV4_CODE", 20), nxm("ICMP_CODE", 14)], needs: ["icmp"] }),
  field("icmpv6_type", 8, { on: [oxm("ICMPV6_TYPE", 29), nx("ICMPV6_TYPE", 21)], needs: ["icmp6"] }),
  field("icmpv6_code", 8, { on: [oxm("ICMPV6_CODE", 30), nx("ICMPV6_CODE", 22)], needs: ["icmp6"] }),
  field("nd_target", 128, { on: [oxm("IPV6_ND_TARGET", 31), nx("ND_TARGET", 23)], mask: true, as: "ipv6", needs: ["nd_solicit", "nd_advert"] }),
  field("nd_sll", 48, { on: [oxm("IPV6_ND_SLL", 32), nx("ND_SLL", 24)], mask: true, as: "ethernet", needs: ["nd_solicit"] }),
  field("nd_tll", 48, { on: [oxm("IPV6_ND_TLL", 33), nx("ND_TLL", 25)], mask: true, as: "ethernet", needs: ["nd_advert"] }),
  field("arp_op", 16, { on: [oxm("ARP_OP", 21), nxm("ARP_OP", 15)], needs: ["arp"] }),
  field("arp_spa", 32, { on: [oxm("ARP_SPA", 22), nxm("ARP_SPA", 16)], mask: true, as: "ipv4", needs: ["arp"] }),
  field("arp_tpa", 32, { on: [oxm("ARP_TPA", 23), nxm("ARP_TPA", 17)], mask: true, as: "ipv4", needs: ["arp"] }),
  field("arp_sha", 48, { on: [oxm("ARP_SHA", 24), nx("ARP_SHA", 17)], mask: true, as: "ethernet", needs: ["arp"] }),
  field("arp_tha", 48, { on: [oxm("ARP_THA", 25), nx("ARP_THA", 18)], mask: true, as: "ethernet", needs: ["arp"] }),
  field("tun_id", 64, { on: [oxm("TUNNEL_ID", 38), nx("TUN_ID", 16)], mask: true, as: hexadecimal, aka: ["tunnel_id"] }),
  field("tun_flags", 1, { on: [nx("TUN_FLAGS", 104)], mask: true, as: "tunnel_flags" }),
  field("tun_src", 32, { on: [nx("TUN_IPV4_SRC", 31)], mask: true, as: "ipv4" }),
  field("tun_dst", 32, { on: [nx("TUN_IPV4_DST", 32)], mask: true, as: "ipv4" }),
  field("tun_ipv6_src", 128, { on: [nx("TUN_IPV6_SRC", 109)], mask: true, as: "ipv6" }),
  field("tun_ipv6_dst", 128, { on: [nx("TUN_IPV6_DST", 110)], mask: true, as: "ipv6" }),
  field("tun_gbp_id", 16, { on: [nx("TUN_GBP_ID", 38)], mask: true }),
  field("tun_gbp_flags", 8, { on: [nx("TUN_GBP_FLAGS", 39)], mask: true, as: hexadecimal }),
  field("tun_erspan_idx", 20, { on: [nxExperimenter("ERSPAN_IDX", 11)], mask: true, as: hexadecimal }),
  field("tun_erspan_ver", 4, { on: [nxExperimenter("ERSPAN_VER", 12)], mask: true }),
  field("tun_erspan_dir", 1, { on: [nxExperimenter("ERSPAN_DIR", 13)], mask: true }),
  field("tun_erspan_hwid", 6, { on: [nxExperimenter("ERSPAN_HWID", 14)], mask: true, as: hexadecimal }),
  field("tun_gtpu_flags", 8, { on: [nxExperimenter("GTPU_FLAGS", 15)], mask: true, as: hexadecimal, aka: ["gtpu_flags"] }),
  field("tun_gtpu_msgtype", 8, { on: [nxExperimenter("GTPU_MSGTYPE", 16)], mask: true, aka: ["gtpu_msgtype"] }),
  field("nsh_flags", 8, { on: [nsh("FLAGS", 1)], mask: true, needs: ["nsh"] }),
  field("nsh_ttl", 8, { on: [nsh("TTL", 10)], needs: ["nsh"] }),
  field("nsh_mdtype", 8, { on: [nsh("MDTYPE", 2)], needs: ["nsh"] }),
  field("nsh_np", 8, { on: [nsh("NP", 3)], needs: ["nsh"] }),
  field("nsh_spi", 24, { on: [nsh("SPI", 4)], as: hexadecimal, aka: ["nsp"], needs: ["nsh"] }),
  field("nsh_si", 8, { on: [nsh("SI", 5)], aka: ["nsi"], needs: ["nsh"] }),
  ...[1, 2, 3, 4].map((n) =>
    field(`nsh_c${n}`, 32, { on: [nsh(`C${n}`, 5 + n)], mask: true, as: hexadecimal, aka: [`nshc${n}`], needs: ["nsh"] })
  ),
  ...registers(),
  field("pkt_mark", 32, { on: [nx("PKT_MARK", 33)], mask: true, as: hexadecimal }),
  field("ct_state", 32, { on: [nx("CT_STATE", 105)], mask: true, as: "ct_state" }),
  field("ct_zone", 16, { on: [nx("CT_ZONE", 106)], as: hexadecimal }),
  field("ct_mark", 32, { on: [nx("CT_MARK", 107)], mask: true, as: hexadecimal }),
  field("ct_label", 128, { on: [nx("CT_LABEL", 108)], mask: true, as: hexadecimal }),
  field("ct_nw_src", 32, { on: [nx("CT_NW_SRC", 120)], mask: true, as: "ipv4" }),
  field("ct_ipv6_src", 128, { on: [nx("CT_IPV6_SRC", 122)], mask: true, as: "ipv6" }),
  field("ct_nw_dst", 32, { on: [nx("CT_NW_DST", 121)], mask: true, as: "ipv4" }),
  field("ct_ipv6_dst", 128, { on: [nx("CT_IPV6_DST", 123)], mask: true, as: "ipv6" }),
  field("ct_nw_proto", 8, { on: [nx("CT_NW_PROTO", 119)] }),
  field("ct_tp_src", 16, { on: [nx("CT_TP_SRC", 124)], mask: true }),
  field("ct_tp_dst", 16, { on: [nx("CT_TP_DST", 125)], mask: true }),
  field("metadata", 64, { on: [oxm("METADATA", 2)], mask: true, as: hexadecimal }),
];

const headersOf = (spec: FieldSpec) => [spec.header, spec.shortHeader];

const BY_NAME: ReadonlyMap<string, FieldSpec> = new Map(
  FIELDS.flatMap((spec) =>
    [spec.name, ...spec.aliases, ...headersOf(spec).map((header) => header.name)]
      .map((name) => [name, spec] as const)
  ),
);

const NUMBERS_PER_CLASS = 128;
/** The first key after those of all headers without an experimenter. */
const EXPERIMENTER_KEYS = (EXPERIMENTER_CLASS + 1) * NUMBERS_PER_CLASS;

/** A number for each header, which no other header has: it is faster to look up than a string. */
function headerKey({ class: oxmClass, number, experimenter }: Omit<FieldHeader, "name">): number {
  return experimenter === undefined
    ? oxmClass * NUMBERS_PER_CLASS + number
    : EXPERIMENTER_KEYS + experimenter * NUMBERS_PER_CLASS + number;
}

const BY_HEADER: ReadonlyMap<number, FieldSpec> = new Map(
  FIELDS.flatMap((spec) => headersOf(spec).map((header) => [headerKey(header), spec] as const)),
);

/** A header names a field that is not in the table. */
export class UnknownFieldError extends ProtocolError {
  override readonly name: string = "UnknownFieldError";
}

const UNLISTED = /^oxm_(?<class>[0-9a-f]{4})_(?<number>\d+)_(?<bytes>\d+)$/;

/**
 * A field that the switch has and the table does not, such as tun_metadata0. Its name is made of its header:
 * `oxm_<class>_<number>_<bytes>`.
 */
function unlisted(name: string): FieldSpec | undefined {
  const groups = UNLISTED.exec(name)?.groups;
  if (!groups) return undefined;
  const bytes = Number(groups.bytes);
  const header = { name, class: parseInt(groups.class!, 16), number: Number(groups.number) };
  return {
    name,
    width: bytes * 8,
    subfieldWidth: bytes * 8,
    bytes,
    maskable: true,
    format: "hexadecimal",
    header,
    shortHeader: header,
    aliases: [],
    needs: [],
  };
}

/** The field with that name, canonical or not, if there is one. */
export function findField(name: string): FieldSpec | undefined {
  return BY_NAME.get(name) ?? unlisted(name);
}

/** The field with that name, canonical or not. @throws {TypeError} If there is none. */
export function fieldNamed(name: string): FieldSpec {
  const found = findField(name);
  if (!found) throw new TypeError(`Cannot use field "${name}": there is none of that name`);
  return found;
}

/**
 * The field with that header.
 *
 * @param bytes The length of the value, by which a field is made if the table has none with that header.
 * @throws {UnknownFieldError} If the table has none, and the header has an experimenter or `bytes` is 0.
 */
export function fieldWithHeader(header: Omit<FieldHeader, "name">, bytes: number): FieldSpec {
  const found = BY_HEADER.get(headerKey(header));
  if (found) return found;
  const { class: oxmClass, number, experimenter } = header;
  if (experimenter !== undefined || bytes === 0) {
    throw new UnknownFieldError(
      `Cannot decode field ${number} of class ${oxmClass}: it is unknown`,
    );
  }
  return unlisted(`oxm_${oxmClass.toString(16).padStart(4, "0")}_${number}_${bytes}`)!;
}
