/** Pods on a bridge, as their CNI and their annotations say where they are. @module */
import type { Memory, Resolver } from "../../contracts/mod.ts";
import type { PodObject } from "../../objects/types.ts";
import { LocalPods } from "../pods/local_pods.ts";
import { type BridgePort, BridgePorts } from "../ports/bridge_ports.ts";

/** A CNI that marks ports with the Pod's name; it may write the MAC, and an annotation may give it otherwise. */
export const cni: Resolver = {
  name: "cni",
  docs: "Finds ports.",
  marks: ["cni-pod"],
  resolve: ({ name, annotations, ips }, ports) =>
    ports.withExternalID("cni-pod", name).map((row) => {
      if (annotations.mac === "throws") {
        throw new TypeError('Cannot use annotation mac "throws": not a MAC');
      }
      const mac = row.external_ids["cni-mac"] ?? annotations.mac;
      return { port: row.name, macs: mac?.split(",") ?? [], ips, match: "mac" };
    }),
};
export const byAnnotation: Resolver = {
  name: "annotation",
  docs: "Finds ports.",
  resolve: ({ annotations: { port, claimed } }, ports) =>
    port && ports.named(port)
      ? [{ port, macs: claimed?.split(",") ?? [], ips: [], match: "mac" }]
      : [],
};

export class Scene {
  readonly ports = new BridgePorts<string>();
  readonly pods: LocalPods;

  /** @param known What an earlier run has kept, as JSON texts by key; what this run keeps is added. */
  constructor(known = new Map<string, string>()) {
    const memory: Memory = {
      keys: () => [...known.keys()],
      get: (key) => known.has(key) ? JSON.parse(known.get(key)!) : undefined,
      set: (key, value) => void known.set(key, JSON.stringify(value)),
      delete: (key) => void known.delete(key),
    };
    const isBridge = (name: string) => name === "br0";
    this.pods = new LocalPods({
      resolvers: [byAnnotation, cni],
      ports: this.ports,
      isBridge,
      memory,
    });
  }

  port(name: string, external_ids: Record<string, string> = {}, more: Partial<BridgePort> = {}) {
    const row = { name, type: "", options: {}, ours: false, interfaceUUID: name, portUUID: name };
    const touched = this.ports.set(name, { ...row, external_ids, ...more });
    for (const pod of touched) this.pods.resolve(pod);
  }

  pod(name: string, annotations: Record<string, string> = {}, more: Partial<PodObject> = {}) {
    const object = { namespace: "ns", name, uid: name, labels: {}, ips: [], hostNetwork: false };
    this.pods.set({ ...object, annotations, ...more });
    this.pods.resolve(`ns/${name}`);
  }

  /** Each Pod with its ports and their MACs, and the reasons of its conditions. */
  at(name: string): string {
    const { attachments, conditions } = this.pods.locationOf(`ns/${name}`);
    const places = attachments.map(({ port, macs }) => [port, ...macs].join(" "));
    const reasons = conditions.map(({ reason, warning }) => `${reason}${warning ? "?" : ""}`);
    return [...places, ...reasons].join(", ");
  }
}
