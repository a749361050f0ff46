/** Reads the packet counters of target and return ports from OVSDB. @module */
import type { Model } from "../model/model.ts";
import { type OvsdbSession, select, uuid } from "../ovsdb/mod.ts";

export interface PortState {
  readonly name: string;
  /** Number of the port in OpenFlow. */
  readonly ofport?: number;
  /** Packets that the bridge has sent into the port since the port was made. */
  readonly txPackets?: number;
  /** Packets that have come to the bridge from the port since the port was made. */
  readonly rxPackets?: number;
}

export interface PortCounterInputs {
  readonly model: Model;
  readonly ovsdb: Pick<OvsdbSession, "connected" | "transact">;
}

/**
 * The state of each target and return port that is ready, sorted by name; empty while OVSDB does not answer. The
 * counters are read at each call: to watch the column `statistics` would cost an update of each port every 5 seconds
 * (ovs-vswitchd.conf.db(5), Open_vSwitch, `other_config:stats-update-interval`).
 *
 * @throws If OVSDB refuses the request, or the connection ends meanwhile.
 */
export async function portStates({ model, ovsdb }: PortCounterInputs): Promise<PortState[]> {
  const ready = model.wanted.readyPorts().toSorted((a, b) => a.name < b.name ? -1 : 1);
  if (ready.length === 0 || !ovsdb.connected) return [];
  const results = await ovsdb.transact(
    ready.map(({ interfaceUUID }) =>
      select("Interface", [["_uuid", "==", uuid(interfaceUUID)]], ["statistics"])
    ),
  );
  return ready.map(({ name, ofport }, index) => {
    const statistics = results[index]?.rows?.[0]?.statistics;
    const count = (key: string) => statistics instanceof Map ? statistics.get(key) : undefined;
    const [txPackets, rxPackets] = [count("tx_packets"), count("rx_packets")];
    return {
      name,
      ...(ofport !== undefined && { ofport }),
      ...(typeof txPackets === "number" && { txPackets }),
      ...(typeof rxPackets === "number" && { rxPackets }),
    };
  });
}
