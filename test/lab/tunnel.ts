/** An underlay network for tunnels, with a collector as the remote end. @module */
import { eventually, type PrivateOvs } from "./ovs.ts";
import { ipIn } from "./run.ts";

/** Name of the bridge if a test says no other. */
const UNDERLAY = "br-phy";
const MTU = "9000";

/** The device at which tunnel packets arrive. */
export interface Collector {
  readonly netns: string;
  readonly device: string;
  readonly mac: string;
}

/** The switch's addresses in the underlay: those of the collector with the last part 254, or `fe` for IPv6. */
const LOCAL = (ips: readonly string[]) =>
  ips.map((ip) => ip.includes(":") ? ip.replace(/[0-9a-f]+$/, "fe") : ip.replace(/\d+$/, "254"));

/**
 * Makes a bridge with the switch's addresses and a collector behind it. Open vSwitch knows the collector's MAC then.
 *
 * @param ips Addresses of the collector, for example `10.0.10.2` and `fd10::2`.
 * @param bridge Its name.
 */
export async function collector(
  ovs: PrivateOvs,
  ips: readonly string[],
  bridge = UNDERLAY,
): Promise<Collector> {
  const [netns, mac, device] = [`${ovs.netns}-col`, "02:cc:00:00:00:02", "ul0"];
  const prefix = (ip: string) => `${ip}/${ip.includes(":") ? 64 : 24}`;
  await ovs.vsctl("add-br", bridge, "--", "set", "bridge", bridge, "datapath_type=netdev");
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
    bridge,
    device,
    "--",
    "set",
    "interface",
    bridge,
    `mtu_request=${MTU}`,
  );
  await ipIn(ovs.netns, "link", "set", "dev", bridge, "up");
  for (const [index, ip] of ips.entries()) {
    const nodad = ip.includes(":") ? ["nodad"] : [];
    await ipIn(netns, "addr", "add", prefix(ip), "dev", "eth0", ...nodad);
    await ipIn(ovs.netns, "addr", "add", prefix(LOCAL(ips)[index]!), "dev", bridge, ...nodad);
  }
  for (const ip of ips) await knowRoute(ovs, bridge, { ip, mac });
  return { netns, device: "eth0", mac };
}

/** Waits until Open vSwitch knows the route and the neighbour. Until then it loses packets into the tunnel. */
async function knowRoute(
  ovs: PrivateOvs,
  bridge: string,
  { ip, mac }: { readonly ip: string; readonly mac: string },
): Promise<void> {
  await eventually(`a route to ${ip}`, async () => {
    await ovs.appctl("tnl/neigh/set", bridge, ip, mac);
    const neighbours = await ovs.appctl("tnl/neigh/show");
    const route = await ovs.appctl("ovs/route/lookup", ip).catch(() => "");
    return route.includes(bridge) && neighbours.includes(ip);
  });
}

/** Adds a VXLAN device of the kernel to the collector, which decapsulates the packets. @returns Its name. */
export async function kernelVxlan(
  at: Pick<Collector, "netns">,
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
