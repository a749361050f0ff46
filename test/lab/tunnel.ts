/** An underlay for tunnels, and a collector at its far end. @module */
import { eventually, type PrivateOvs } from "./ovs.ts";
import { ipIn } from "./run.ts";

const BRIDGE = "br-phy";
const MTU = "9000";

export interface Collector {
  readonly netns: string;
  readonly device: string;
  readonly mac: string;
}

/** The switch's own side of the underlay. */
const LOCAL = (ips: readonly string[]) =>
  ips.map((ip) => ip.includes(":") ? ip.replace(/[0-9a-f]+$/, "fe") : ip.replace(/\d+$/, "254"));

/**
 * A bridge with the switch's addresses, a collector behind it, and all neighbours known.
 *
 * @param ips The collector's, e.g. `10.0.10.2` and `fd10::2`.
 */
export async function collector(ovs: PrivateOvs, ips: readonly string[]): Promise<Collector> {
  const [netns, mac, device] = [`${ovs.netns}-col`, "02:cc:00:00:00:02", "ul0"];
  const prefix = (ip: string) => `${ip}/${ip.includes(":") ? 64 : 24}`;
  await ovs.vsctl("add-br", BRIDGE, "--", "set", "bridge", BRIDGE, "datapath_type=netdev");
  await ovs.addNamespace(netns);
  await ipIn(
    ovs.netns,
    "link",
    "add",
    "name",
    device,
    "type",
    "veth",
    "peer",
    "name",
    "eth0",
    "netns",
    netns,
  );
  await ipIn(netns, "link", "set", "eth0", "address", mac, "mtu", MTU, "up");
  await ipIn(ovs.netns, "link", "set", "dev", device, "mtu", MTU, "up");
  await ovs.vsctl(
    "add-port",
    BRIDGE,
    device,
    "--",
    "set",
    "interface",
    BRIDGE,
    `mtu_request=${MTU}`,
  );
  await ipIn(ovs.netns, "link", "set", "dev", BRIDGE, "up");
  for (const [index, ip] of ips.entries()) {
    const nodad = ip.includes(":") ? ["nodad"] : [];
    await ipIn(netns, "addr", "add", prefix(ip), "dev", "eth0", ...nodad);
    await ipIn(ovs.netns, "addr", "add", prefix(LOCAL(ips)[index]!), "dev", BRIDGE, ...nodad);
  }
  for (const ip of ips) await knowRoute(ovs, ip, mac);
  return { netns, device: "eth0", mac };
}

/** Open vSwitch hears of routes and neighbours a moment later than the kernel: copies are lost until then. */
async function knowRoute(ovs: PrivateOvs, ip: string, mac: string): Promise<void> {
  await eventually(`a route to ${ip}`, async () => {
    await ovs.appctl("tnl/neigh/set", BRIDGE, ip, mac);
    const neighbours = await ovs.appctl("tnl/neigh/show");
    const route = await ovs.appctl("ovs/route/lookup", ip).catch(() => "");
    return route.includes(BRIDGE) && neighbours.includes(ip);
  });
}

/** A VXLAN device of the kernel at the collector: it must understand what is sent. */
export async function kernelVxlan(
  at: Collector,
  { vni, port, local }: { vni: number; port: number; local: string },
): Promise<string> {
  const name = `vx${vni}`;
  await ipIn(
    at.netns,
    "link",
    "add",
    "name",
    name,
    "type",
    "vxlan",
    "id",
    `${vni}`,
    "dstport",
    `${port}`,
    "local",
    local,
  );
  await ipIn(at.netns, "link", "set", "dev", name, "up");
  return name;
}
