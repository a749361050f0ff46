/** Words for prerequisites: ovs-fields(7), "Matching". @module */
import type { Match } from "./match.ts";

/** What a word stands for. */
export interface Protocol {
  readonly eth_type: bigint;
  readonly ip_proto?: bigint;
}

const IPV4 = 0x800n;
const IPV6 = 0x86ddn;

/** Those of a protocol of IP come before IP itself. */
export const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  icmp: { eth_type: IPV4, ip_proto: 1n },
  tcp: { eth_type: IPV4, ip_proto: 6n },
  udp: { eth_type: IPV4, ip_proto: 17n },
  sctp: { eth_type: IPV4, ip_proto: 132n },
  icmp6: { eth_type: IPV6, ip_proto: 58n },
  tcp6: { eth_type: IPV6, ip_proto: 6n },
  udp6: { eth_type: IPV6, ip_proto: 17n },
  sctp6: { eth_type: IPV6, ip_proto: 132n },
  ip: { eth_type: IPV4 },
  ipv6: { eth_type: IPV6 },
  arp: { eth_type: 0x806n },
  rarp: { eth_type: 0x8035n },
  mpls: { eth_type: 0x8847n },
  mplsm: { eth_type: 0x8848n },
  nsh: { eth_type: 0x894fn },
};

/** The most special word that holds for a match. */
export function protocolOf({ eth_type, ip_proto }: Match): string | undefined {
  const found = Object.entries(PROTOCOLS).find(([, protocol]) =>
    protocol.eth_type === eth_type?.value &&
    (protocol.ip_proto === undefined || protocol.ip_proto === ip_proto?.value)
  );
  return found?.[0];
}
