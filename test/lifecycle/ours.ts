/** What is ours on a bridge, and a mirror to begin with. @module */
import { app, internal, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";

export type Spec = Readonly<Record<string, unknown>>;
export const mirror = (name: string, port: string, more: Spec = {}) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal(port),
    ...more,
  });

/** Everything that is ours, as ovs-ofctl and ovs-vsctl see it. */
export async function leftovers(lab: Lab): Promise<string[]> {
  const flows = await lab.ovs.ofctl("dump-flows", "--no-stats", "br0");
  const ports = await lab.ovs.vsctl("list-ports", "br0");
  return [
    ...flows.split("\n").filter((flow) => /cookie=0x51ce/.test(flow)),
    ...ports.trim().split("\n").filter((port) => port !== "" && !/^p\d+$/.test(port)),
  ];
}
