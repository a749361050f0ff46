/** Network namespaces in which the kernel does the same on every machine, and sends little by itself. @module */
import { ipIn, run } from "./run.ts";

/** Settings of each device. A new namespace begins with the IPv4 settings of the machine. */
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
  // Reports of multicast groups leave at once, before the device is a port: the default is any time within a second.
  "ipv6.mldv1_unsolicited_report_interval": 1,
  "ipv6.mldv2_unsolicited_report_interval": 1,
} as const;
/** Devices get no link-local address. */
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

/** Its loopback interface is up. */
export async function addNamespace(name: string): Promise<void> {
  await run("ip", ["netns", "add", name]);
  await ipIn(name, "link", "set", "lo", "up");
  // `ip_forward` comes first: a change of it resets settings of devices.
  const all = [...OF_NAMESPACE, ...settings, WITHOUT_ADDRESS];
  await run("ip", ["netns", "exec", name, "sysctl", "-qw", ...all]);
}
