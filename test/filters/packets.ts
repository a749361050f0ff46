/** Packets of every kind that rules tell apart, and what rules say of them by the words of docs/policy.md. @module */
import { BlockList } from "node:net";

/** A packet, as rules see it. */
export interface Packet {
  readonly family: "ipv4" | "ipv6";
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly from: number;
  readonly to: number;
  /** The flags of TCP. */
  readonly flags: number;
  readonly fragment: "no" | "first" | "later";
}

export interface GivenPort {
  readonly port: number;
  readonly endPort?: number;
}

/** A rule, as users write it. */
export interface GivenRule {
  readonly action: "Include" | "Skip";
  readonly protocol?: string | number;
  readonly tcpFlags?: "SYN";
  readonly peers?: readonly {
    readonly ipBlock: { readonly cidr: string; readonly except?: readonly string[] };
  }[];
  readonly podPorts?: readonly GivenPort[];
  readonly peerPorts?: readonly GivenPort[];
  readonly ports?: readonly GivenPort[];
}
export type Direction = "egress" | "ingress";

const NUMBERS: Readonly<Record<string, number>> = { TCP: 6, UDP: 17, SCTP: 132 };
const ICMP = { ipv4: 1, ipv6: 58 } as const;
/** The number that later fragments of IPv6 show in place of their protocol. */
const FRAGMENT_HEADER = 44;
const SYN = 0x02;
const ACK = 0x10;

/** Whether the packet is taken: by the first rule that matches, or for want of one. */
export function isTaken(
  rules: readonly GivenRule[],
  direction: Direction,
  packet: Packet,
): boolean {
  const first = rules.find((rule) => matches(rule, direction, packet));
  if (first) return first.action === "Include";
  return rules.every(({ action }) => action !== "Include");
}

function matches(rule: GivenRule, direction: Direction, packet: Packet): boolean {
  const peer = direction === "egress" ? packet.destination : packet.source;
  const { peers } = rule;
  if (peers && !peers.some(({ ipBlock }) => isIn(ipBlock, peer, packet.family))) return false;
  return matchesHeaders(rule, direction, packet);
}

function isIn(
  { cidr, except = [] }: { readonly cidr: string; readonly except?: readonly string[] },
  address: string,
  family: Packet["family"],
): boolean {
  const within = (block: string) => {
    const [net, prefix] = block.split("/") as [string, string];
    if (net.includes(":") !== (family === "ipv6")) return false;
    const list = new BlockList();
    list.addSubnet(net, Number(prefix), family);
    return list.check(address, family);
  };
  return within(cidr) && !except.some(within);
}

function matchesHeaders(rule: GivenRule, direction: Direction, packet: Packet): boolean {
  const { protocol, tcpFlags, action } = rule;
  if (protocol === undefined) return true;
  const number = protocol === "ICMP" ? ICMP[packet.family] : NUMBERS[protocol] ?? protocol;
  const isFragment = packet.fragment !== "no";
  const isHidden = packet.family === "ipv6" && packet.fragment === "later";
  if (number === FRAGMENT_HEADER) return isHidden || packet.protocol === number && !isHidden;
  if (isHidden) return action === "Include";
  if (packet.protocol !== number) return false;
  const restrictions = [rule.podPorts, rule.peerPorts, rule.ports].filter((list) =>
    list !== undefined && !isEveryPort(list)
  );
  const looksInside = restrictions.length > 0 || tcpFlags !== undefined;
  if (isFragment && action === "Include") return true;
  if (isFragment && (looksInside || packet.family === "ipv6")) return false;
  if (isFragment) return true;
  const [pod, other] = direction === "egress" ? [packet.from, packet.to] : [packet.to, packet.from];
  return fits(rule.podPorts, [pod]) && fits(rule.peerPorts, [other]) &&
    fits(rule.ports, [pod, other]) &&
    (tcpFlags === undefined || (packet.flags & (SYN | ACK)) === SYN);
}

function fits(list: readonly GivenPort[] | undefined, ports: readonly number[]): boolean {
  return !list ||
    list.some(({ port, endPort = port }) => ports.some((each) => port <= each && each <= endPort));
}

/** Such a list is as good as none, so nothing needs to be known of the port. A gap would begin at 0 or behind a range. */
function isEveryPort(list: readonly GivenPort[]): boolean {
  const begins = [0, ...list.map(({ port, endPort = port }) => endPort + 1)];
  return begins.every((port) => port > 0xffff || fits(list, [port]));
}

const u16 = (value: number) => [value >> 8 & 0xff, value & 0xff];
const u32 = (value: number) => [...u16(value >>> 16), ...u16(value & 0xffff)];
const address4 = (text: string) => text.split(".").map(Number);
function address6(text: string): number[] {
  const [head = "", tail = ""] = text.split("::");
  const words = (part: string) =>
    part === "" ? [] : part.split(":").map((word) => parseInt(word, 16));
  const [first, last] = [words(head), words(tail)];
  const zeros = new Array<number>(8 - first.length - last.length).fill(0);
  return [...first, ...text.includes("::") ? zeros : [], ...last].flatMap(u16);
}

/** What comes behind the IP header: enough of it for each protocol. */
function body({ protocol, from, to, flags, fragment }: Packet): number[] {
  if (fragment === "later") return new Array(24).fill(0xff);
  const ports = [...u16(from), ...u16(to)];
  if (protocol === NUMBERS.TCP) {
    return [...ports, ...u32(1), ...u32(1), 0x50, flags, ...u16(1000), 0, 0, 0, 0];
  }
  if (protocol === NUMBERS.UDP) return [...ports, ...u16(16), 0, 0, ...new Array(8).fill(0)];
  if (protocol === NUMBERS.SCTP) return [...ports, ...new Array(20).fill(0)];
  return [8, 0, ...new Array(22).fill(0)];
}

/** The packet as a frame in hexadecimal. @param from The last byte of the sender's MAC. */
export function frameOf(packet: Packet, from: number): string {
  const { family, source, destination, protocol, fragment } = packet;
  const content = body(packet);
  const offset = fragment === "later" ? 3 : 0;
  const more = fragment === "first" ? 1 : 0;
  const header4 = () => [
    ...[0x45, 0, ...u16(20 + content.length), ...u16(7), ...u16(more << 13 | offset), 64, protocol],
    ...[0, 0, ...address4(source), ...address4(destination)],
  ];
  const extension = fragment === "no" ? [] : [protocol, 0, ...u16(offset << 3 | more), ...u32(7)];
  const header6 = () => [
    ...[0x60, 0, 0, 0, ...u16(extension.length + content.length)],
    ...[fragment === "no" ? protocol : FRAGMENT_HEADER, 64],
    ...address6(source),
    ...address6(destination),
    ...extension,
  ];
  const bytes = [
    ...[2, 0, 0, 0, 1, 1, 2, 0, 0, 0, 0, from],
    ...u16(family === "ipv4" ? 0x0800 : 0x86dd),
    ...(family === "ipv4" ? header4() : header6()),
    ...content,
  ];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
