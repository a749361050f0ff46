/** The counters of target and return ports, read when a user asks for them. @module */
import type { Model } from "../model/model.ts";
import { type OvsdbSession, select, uuid } from "../ovsdb/mod.ts";

export interface PortState {
  readonly name: string;
  readonly ofport?: number;
  /** Since the port is there. */
  readonly txPackets?: number;
  readonly rxPackets?: number;
}

export interface PortCounterInputs {
  readonly model: Model;
  readonly ovsdb: Pick<OvsdbSession, "connected" | "transact">;
}

/** Counters are read when a user asks for them: watching them would cost an update every 5 seconds. */
export async function portStates({ model, ovsdb }: PortCounterInputs): Promise<PortState[]> {
  const ready = model.wanted.readyPorts().sort((a, b) => a.name < b.name ? -1 : 1);
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
