/** A session that is connected, and operations for it, for the tests. @module */
import type { RowChange } from "../cache.ts";
import { namedUuid } from "../notation.ts";
import { OvsdbSession } from "../session.ts";
import { insert, mutate, type Operation } from "../transaction.ts";
import { eventually, type Server } from "./server.ts";

/** The bridge that {@linkcode addBridge} makes. */
export const BRIDGE = "br0";
const PROBE_INTERVAL = 5000;

/** A connected session, and what it has reported. It ends when it is disposed of. */
export interface RunningSession extends AsyncDisposable {
  readonly session: OvsdbSession;
  readonly changes: RowChange[];
  readonly states: string[];
}

export async function startSession(
  server: Server,
  probeInterval: number = PROBE_INTERVAL,
): Promise<RunningSession> {
  const over = new AbortController();
  const changes: RowChange[] = [];
  const states: string[] = [];
  const session = new OvsdbSession({
    address: server.address,
    times: { probeInterval },
    onChange: (each) => void changes.push(...each),
    onState: (state) => void states.push(state),
  });
  const running = session.run(over.signal);
  async function dispose(): Promise<void> {
    over.abort();
    await running;
  }
  await eventually(() => session.connected || undefined);
  return { session, changes, states, [Symbol.asyncDispose]: dispose };
}

/** A bridge with its own port, as `ovs-vsctl add-br` makes it. */
export function addBridge(): Operation[] {
  return [
    insert("Interface", { name: BRIDGE, type: "internal" }, "i"),
    insert("Port", { name: BRIDGE, interfaces: namedUuid("i") }, "p"),
    insert("Bridge", { name: BRIDGE, ports: namedUuid("p") }, "b"),
    mutate("Open_vSwitch", [], [["bridges", "insert", namedUuid("b")]]),
  ];
}

/** A port of the bridge; its name may be an identifier only. */
export function addInternalPort(name: string): Operation[] {
  const [interfaceID, portID] = [`i_${name}`, `p_${name}`];
  return [
    insert("Interface", { name, type: "internal" }, interfaceID),
    insert("Port", { name, interfaces: namedUuid(interfaceID) }, portID),
    mutate("Bridge", [["name", "==", BRIDGE]], [["ports", "insert", namedUuid(portID)]]),
  ];
}
