/** Network namespaces whose kernel does the same on every machine, and says nothing unasked. @module */
import { ipIn, run } from "./run.ts";

/** Of all devices, and of those that come: a new namespace has the machine's own settings of IPv4. */
const OF_DEVICES = {
  "ipv4.arp_announce": 0,
  "ipv4.arp_filter": 0,
  "ipv4.arp_ignore": 0,
  "ipv4.arp_notify": 0,
  "ipv4.proxy_arp": 0,
  "ipv4.rp_filter": 0,
  "ipv6.disable_ipv6": 0,
  "ipv6.accept_dad": 0,
  "ipv6.router_solicitations": 0,
} as const;
/** No address of a device's own, by which it would speak. */
const WITHOUT_ADDRESS = "net.ipv6.conf.default.addr_gen_mode=1";
const OF_NAMESPACE = [
  "net.ipv4.ip_forward=0",
  "net.ipv4.icmp_echo_ignore_all=0",
  "net.ipv4.icmp_echo_ignore_broadcasts=0",
];

const settings = Object.entries(OF_DEVICES).flatMap(([key, value]) => {
  const [family, name] = key.split(".");
  return ["all", "default"].map((device) => `net.${family}.conf.${device}.${name}=${value}`);
});

/** With its loopback up. */
export async function addNamespace(name: string): Promise<void> {
  await run("ip", ["netns", "add", name]);
  await ipIn(name, "link", "set", "lo", "up");
  // The switch that forwards comes first: it sets others back.
  const all = [...OF_NAMESPACE, ...settings, WITHOUT_ADDRESS];
  await run("ip", ["netns", "exec", name, "sysctl", "-qw", ...all]);
}
