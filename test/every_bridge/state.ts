/** What the agent's state says of the files, in words that are the same on every bridge. @module */
import type { State } from "../../core/report/state.ts";
import type { Bridge } from "./bridge.ts";

/** Counters, which depend on what kernels send by themselves, and numbers that the switch chooses. */
const CHANCE = new Set(["ofport", "txPackets", "rxPackets", "copied", "redirected"]);

/**
 * The state without counters, OpenFlow port numbers and the number of flows. The bridge is named `BRIDGE` in it, and each
 * Pod's port as the Pod.
 */
export function comparable(state: State, { name: bridge, pods: attached }: Bridge): unknown {
  const { flows: _, ...kept } = state;
  const podAt = new Map([...attached].map(([name, { name: port }]) => [port, `port of ${name}`]));
  const pods = state.pods.map((pod) => ({
    ...pod,
    ports: pod.ports.map(({ name, ...port }) => ({ name: podAt.get(name) ?? name, ...port })),
  }));
  const named = { ...kept, pods, bridge: state.bridge === bridge ? "BRIDGE" : state.bridge };
  return JSON.parse(
    JSON.stringify(named),
    (key, value) => CHANCE.has(key) ? undefined : value,
  );
}
