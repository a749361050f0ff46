/** Default routes of a switch's namespace, to nobody. @module */
import { ipIn } from "./run.ts";

/** A device behind which nobody is, and its addresses with those of a router that does not exist. */
const NOWHERE = {
  device: "lab-default",
  mtu: "65535",
  routes: [["203.0.113.254/24", "203.0.113.1"], ["2001:db8:ffff::fe/64", "2001:db8:ffff::1"]],
} as const;

/** Tunnels of tests lead to addresses that are nobody's. Open vSwitch has to have a route to them all the same. */
export async function addDefaultRoutes(netns: string): Promise<void> {
  const { device, mtu, routes } = NOWHERE;
  const ends = ["name", device, "mtu", mtu, "type", "veth", "peer", "name", `${device}-x`];
  await ipIn(netns, "link", "add", ...ends);
  for (const end of [device, `${device}-x`]) await ipIn(netns, "link", "set", "dev", end, "up");
  for (const [address, router] of routes) {
    await ipIn(
      netns,
      "addr",
      "add",
      address,
      "dev",
      device,
      ...(/:/.test(address) ? ["nodad"] : []),
    );
    await ipIn(netns, "route", "add", "default", "via", router, "dev", device);
  }
}
