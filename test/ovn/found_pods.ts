/** Where the agent's own code finds Pods on OVN's bridge: by the rows of a real OVSDB and the objects of Pods. @module */
import { withOvsdb } from "../../core/cli/connected.ts";
import { LocalPods, type PodLocation } from "../../core/model/pods/local_pods.ts";
import { BridgePorts } from "../../core/model/ports/bridge_ports.ts";
import { KeptMetadata } from "../../core/objects/kept_metadata.ts";
import { parseObject } from "../../core/objects/parse.ts";
import { type PodKey, podKey, type PodObject } from "../../core/objects/types.ts";
import { portOnBridge } from "../../core/observe/bridge_rows.ts";
import { resolvers } from "../../plugins/mod.ts";
import { BRIDGE, type Chassis } from "./chassis.ts";

/** A Pod needs none of them. */
const NONE = { targets: new Map(), actions: new Map(), options: new Map() };

/** An object of the API as a source gives it, which keeps the annotations that resolvers read. */
function podOf(raw: object): PodObject {
  const { raw: kept } = new KeptMetadata(resolvers).reduce(raw);
  const parsed = parseObject("Pod", kept, NONE);
  if ("kind" in parsed && parsed.kind === "Pod") return parsed.object;
  throw new Error(`Cannot read Pod: ${JSON.stringify(parsed)}`);
}

/** @returns Where each Pod is, by its namespace and name. */
export function findPods(
  { ovs }: Chassis,
  objects: readonly object[],
): Promise<ReadonlyMap<PodKey, PodLocation>> {
  return withOvsdb(ovs.db, ({ cache }) => {
    const ports = new BridgePorts<PodKey>();
    for (const { name } of cache.all("Interface")) {
      ports.set(name, portOnBridge(cache, BRIDGE, name));
    }
    const pods = new LocalPods({ resolvers, ports });
    const all = objects.map(podOf);
    for (const pod of all) pods.set(pod);
    for (const pod of all) pods.resolve(podKey(pod));
    return Promise.resolve(
      new Map(all.map((pod) => [podKey(pod), pods.locationOf(podKey(pod))])),
    );
  });
}
