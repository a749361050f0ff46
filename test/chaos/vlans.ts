/** The VLANs of Pods' ports: operations of the CNI on them, and which packets a port takes and gets. @module */
import type { Expected, PortVLAN } from "./expected.ts";
import { defineKind, type Kind } from "./operations.ts";

const SETTINGS: readonly (readonly [weight: number, PortVLAN])[] = [
  [5, {}],
  [4, { tag: 10 }],
  [2, { tag: 20 }],
  [2, { mode: "trunk", trunks: [0, 10] }],
  [1, { mode: "trunk", trunks: [10] }],
  [1, { mode: "native-untagged", tag: 10 }],
  [1, { mode: "native-untagged", tag: 20, trunks: [10] }],
  [1, { mode: "native-tagged", tag: 10, trunks: [0] }],
  [1, { mode: "native-untagged", trunks: [20] }],
];

const isAccess = ({ mode, tag }: PortVLAN) => tag !== undefined && mode === undefined;

/** The VLAN of packets without a tag that enter by the port: ovs-vswitchd.conf.db(5), `vlan_mode`. */
export const ownVLAN = ({ tag = 0 }: PortVLAN): number => tag;

/** Whether the bridge takes packets without a tag from the port. */
export const takes = (port: PortVLAN): boolean =>
  port.mode?.startsWith("native") || carries(port, ownVLAN(port));

/** Whether the bridge floods packets of the VLAN into the port. */
export function carries(port: PortVLAN, vlan: number): boolean {
  if (isAccess(port)) return port.tag === vlan;
  // What has no tag is in the port's own VLAN: bundle_set() in ofproto-dpif.c takes VLAN 0 from such a port
  if (port.tag !== undefined && vlan === 0) return false;
  return port.trunks === undefined || vlan === port.tag || port.trunks.includes(vlan);
}

export const VLANS: readonly Kind[] = [
  defineKind<{ readonly name: string; readonly vlan: PortVLAN }>({
    name: "a Pod's port gets other VLANs",
    weight: 8,
    needs: ["database", "switch"],
    draw: (random, expected: Expected) => {
      const present = [...expected.pods].filter(([, { ofport }]) => ofport !== undefined);
      if (present.length === 0) return undefined;
      return { name: random.pick(present)[0], vlan: random.weighted(SETTINGS) };
    },
    expect: ({ name, vlan }, { pods }) => void (pods.get(name)!.vlan = vlan),
    run: ({ name, vlan: { mode, tag, trunks } }, world) => {
      const settings = [
        ...(mode === undefined ? [] : [`vlan_mode=${mode}`]),
        ...(tag === undefined ? [] : [`tag=${tag}`]),
        ...(trunks === undefined ? [] : [`trunks=${trunks.join(",")}`]),
      ];
      const set = ["--if-exists", "set", "port", name, ...settings];
      return world.onBoth(
        ["--if-exists", "clear", "port", name, "vlan_mode", "tag", "trunks"],
        ...(settings.length > 0 ? [set] : []),
      );
    },
  }),
];
