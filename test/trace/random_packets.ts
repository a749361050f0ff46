/** Random packets between Pods, as questions to `sluice trace` and as frames. @module */
import type { TraceOptions } from "../../core/cli/trace_options.ts";
import type { TracedPacket } from "../../core/trace/packet.ts";
import type { Random } from "../ownership/random.ts";
import type { TestPod } from "../lab/pod.ts";
import { PROTOCOLS } from "../policy/oracle.ts";
import { build, type Sent } from "../policy/packets.ts";
import type { Question } from "./tracer.ts";

/** Ports that rules of the tests name, and others beside them. */
const PORTS = [53, 80, 81, 443, 8080, 5000] as const;
const NUMBERS = { tcp: PROTOCOLS.TCP, udp: PROTOCOLS.UDP, sctp: PROTOCOLS.SCTP } as const;
const FIRST_CLIENT_PORT = 40_000;
const CLIENT_PORTS = 2000;
/** Bytes of a frame: more than any mirror of the tests leaves. */
const LENGTH = 300;

/** Where packets go that are for no Pod. */
export interface Stranger {
  readonly mac: string;
  readonly ips: Readonly<Record<"4" | "6", string>>;
}

/** A packet that no chance makes rare. Both are Pods by their names. */
export function certainQuestion(
  from: string,
  to: string,
  [protocol, port]: readonly ["tcp" | "udp", number],
): Question {
  return {
    from: { pod: `default/${from}` },
    to: { pod: `default/${to}` },
    ip: "4",
    protocol,
    port,
    fromPort: FIRST_CLIENT_PORT + CLIENT_PORTS,
    established: false,
    reply: false,
  };
}

/** @param pods Between which the packets go. */
export function randomQuestion(
  random: Random,
  pods: readonly TestPod[],
  stranger: Stranger,
): Question {
  const from = random.pick(pods);
  const to = random.pick(pods.filter((pod) => pod !== from));
  const ip = random.pick(["4", "6"] as const);
  const protocol = random.weighted(
    [
      [4, "tcp"],
      [4, "udp"],
      [2, "icmp"],
      [1, "sctp"],
    ] as const,
  );
  const destination: Pick<TraceOptions, "to" | "toMac"> = random.chance(10)
    ? { to: { ip: stranger.ips[ip] }, toMac: stranger.mac }
    : random.chance(50)
    ? { to: { pod: `default/${to.name}` } }
    : { to: { ip: to.ip(ip === "4" ? 4 : 6) } };
  return {
    from: { pod: `default/${from.name}` },
    ...destination,
    ip,
    protocol,
    ...(protocol !== "icmp" && { port: random.pick(PORTS) }),
    fromPort: FIRST_CLIENT_PORT + random.below(CLIENT_PORTS),
    established: random.chance(50),
    reply: !("toMac" in destination) && random.chance(20),
  };
}

/** The frame of a packet that was traced. @param id A number that no other frame has. */
export function frameOf(packet: TracedPacket, id: number, from: string): Sent {
  const { protocol, sourcePort, destinationPort, tcpFlags, icmpType } = packet;
  const isSix = packet.sourceIP.includes(":");
  return build({
    from,
    to: "",
    id,
    version: isSix ? 6 : 4,
    macs: { from: packet.sourceMAC, to: packet.destinationMAC },
    source: packet.sourceIP,
    destination: packet.destinationIP,
    protocol: protocol === "icmp" ? isSix ? PROTOCOLS.ICMPV6 : PROTOCOLS.ICMP : NUMBERS[protocol],
    ...(sourcePort !== undefined && { ports: { from: sourcePort, to: destinationPort! } }),
    ...(tcpFlags !== undefined && { flags: tcpFlags }),
    ...(icmpType !== undefined && { icmp: icmpType }),
    length: LENGTH,
  });
}
