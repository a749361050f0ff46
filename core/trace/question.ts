/** From what the user asks to the packet: its ends, ports and types. Pure. @module */
import { isIPv6 } from "node:net";
import { SluiceError } from "../base/errors.ts";
import { sameFamily } from "./addresses.ts";
import { DEFAULT_TTL, echoType, type Protocol, TCP_FLAGS, type TracedPacket } from "./packet.ts";
import type { PodPort, World } from "./world.ts";

/** What the user asks. */
export interface Question {
  readonly from: { readonly pod: string };
  readonly to: { readonly pod: string } | { readonly ip: string };
  readonly protocol: Protocol;
  readonly port?: number;
  readonly fromPort: number;
  readonly ip: "4" | "6";
  readonly established?: boolean;
  readonly reply?: boolean;
  readonly fromIp?: string;
  readonly fromMac?: string;
}

/** Where the packet comes from, and its addresses. */
export interface Ends {
  readonly sender: PodPort;
  readonly sourceMAC: string;
  readonly sourceIP: string;
  readonly destinationIP: string;
}

/** @throws {SluiceError} If a Pod is not known, or has no such address. */
export function endsOf(question: Question, world: World): Ends {
  const { from, to, reply, fromIp, ip: version } = question;
  const wanted = "ip" in to
    ? isIPv6(to.ip)
    : fromIp === undefined
    ? version === "6"
    : isIPv6(fromIp);
  const one = addressOf(from.pod, world, { isSix: wanted, ip: fromIp });
  const other = "ip" in to ? atIP(to.ip, world) : addressOf(to.pod, world, { isSix: wanted });
  const [source, destination] = reply ? [other, one] : [one, other];
  if (!source.sender) {
    throw new SluiceError(
      `Cannot trace the answer of "${source.ip}": it is no Pod of this node`,
    );
  }
  if (!sameFamily(source.ip, destination.ip)) {
    throw new SluiceError(
      `Cannot trace from "${source.ip}" to "${destination.ip}": one is IPv4 and one IPv6`,
    );
  }
  const mac = (reply ? undefined : question.fromMac) ?? source.sender.macs[0];
  if (mac === undefined) {
    throw new SluiceError(
      `Cannot trace from port "${source.sender.port}": its MAC is not known; give --from-mac`,
    );
  }
  return {
    sender: source.sender,
    sourceMAC: mac,
    sourceIP: source.ip,
    destinationIP: destination.ip,
  };
}

interface End {
  readonly ip: string;
  readonly sender: PodPort | undefined;
}

const atIP = (ip: string, world: World): End => ({ ip, sender: world.podsWith(ip)[0] });

function addressOf(
  pod: string,
  world: World,
  { isSix, ip }: { readonly isSix: boolean; readonly ip?: string | undefined },
): End {
  const ports = world.podsNamed(pod);
  if (ports.length === 0) {
    throw new SluiceError(`Cannot find Pod "${pod}": it has no known port on this node`);
  }
  if (ip !== undefined) {
    return {
      ip,
      sender: ports.find(({ ips }) => ips.includes(ip)) ?? ports[0],
    };
  }
  for (const sender of ports) {
    const found = sender.ips.find((each) => isIPv6(each) === isSix);
    if (found !== undefined) return { ip: found, sender };
  }
  const what = pod === "" ? `port "${ports[0]!.port}"` : `Pod "${pod}"`;
  throw new SluiceError(
    `Cannot trace with ${what}: it has no known IPv${isSix ? 6 : 4} address; give --from-ip`,
  );
}

/** @throws {SluiceError} If the protocol needs a port, and none is given. */
export function packetOf(question: Question, ends: Ends, destinationMAC: string): TracedPacket {
  const { protocol, port, fromPort, reply = false } = question;
  const { sourceMAC, sourceIP, destinationIP } = ends;
  const common = {
    sourceMAC,
    destinationMAC,
    sourceIP,
    destinationIP,
    protocol,
    ttl: DEFAULT_TTL,
    vlans: [],
  };
  if (protocol === "icmp") {
    return { ...common, icmpType: echoType(sourceIP, reply ? "reply" : "request") };
  }
  if (port === undefined) {
    throw new SluiceError(`Cannot trace a packet of ${protocol}: it needs --port`);
  }
  const [sourcePort, destinationPort] = reply ? [port, fromPort] : [fromPort, port];
  return {
    ...common,
    sourcePort,
    destinationPort,
    ...(protocol === "tcp" && { tcpFlags: flagsOf(question) }),
  };
}

function flagsOf({ established, reply }: Question): number {
  if (established) return TCP_FLAGS.ack;
  return reply ? TCP_FLAGS.synAck : TCP_FLAGS.syn;
}
