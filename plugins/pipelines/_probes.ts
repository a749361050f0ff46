/** The rows for probes that come back from a sensor: they go to Sluice, and nowhere else. @module */
import { PROBE_MACS, type ProbeSettings, type Row, type RowAction } from "../../core/api.ts";
import { ETHERTYPE, IP_PROTOCOL } from "./_layout.ts";
import type { Rows } from "./_rows.ts";

/** Bytes of a probe that go to Sluice: its headers, and by what it is known. */
const MAX_LENGTH = 128;
const TO_SLUICE: RowAction = { type: "controller", maxLength: MAX_LENGTH };
const PROTOCOL = { UDP: IP_PROTOCOL.udp, ICMP: IP_PROTOCOL.icmp } as const;

/** Rows that match both MACs and both addresses, in either direction: no packet of a Pod has them. */
export function probeRows({ row }: Rows, returnPort: number, settings: ProbeSettings): Row[] {
  const { protocol, sourceIP, destinationIP } = settings;
  const one = { mac: PROBE_MACS.source, ip: sourceIP };
  const other = { mac: PROBE_MACS.destination, ip: destinationIP };
  return [[one, other], [other, one]].map(([from, to]) =>
    row(["Bridge", "probe"], {
      in_port: returnPort,
      eth_src: from!.mac,
      eth_dst: to!.mac,
      eth_type: ETHERTYPE.ipv4,
      ip_proto: PROTOCOL[protocol],
      ip_src: from!.ip,
      ip_dst: to!.ip,
    }, [TO_SLUICE])
  );
}
