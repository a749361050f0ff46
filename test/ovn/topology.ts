/**
 * The logical network of the rig: switches `left` and `right` at a router that is everywhere, and a switch `outside` behind
 * a second router, which is on one chassis only and gives its own address to what comes from `left` (SNAT). A switch `join`
 * is between both routers, as in OVN-Kubernetes.
 * @module
 */

export type SwitchName = "left" | "right" | "outside";

interface LogicalSwitch {
  /** The beginning of its IPv4 addresses, a /24. */
  readonly ipv4: string;
  /** The beginning of its IPv6 addresses, a /64. */
  readonly ipv6: string;
}

export const SWITCHES: Readonly<Record<SwitchName, LogicalSwitch>> = {
  left: { ipv4: "10.10.0.", ipv6: "fd00:10::" },
  right: { ipv4: "10.20.0.", ipv6: "fd00:20::" },
  outside: { ipv4: "198.51.100.", ipv6: "fd00:30::" },
};
/** The end of the router's addresses. */
const ROUTER = 254;
/** The address of the load balancer. */
export const VIP = "10.96.0.10";
/** What `outside` sees of the Pods of `left`. */
export const SNAT_ADDRESS = `${SWITCHES.outside.ipv4}${ROUTER}`;

const hex = (byte: number) => byte.toString(16).padStart(2, "0");

/** The MAC that OVN-Kubernetes gives to the owner of an IPv4 address. */
export function macOf(ip: string): string {
  return ["0a", "58", ...ip.split(".").map((byte) => hex(Number(byte)))].join(":");
}

/** The addresses of a Pod of this number, with prefix lengths. */
export function addressesOf(name: SwitchName, number: number): [ipv4: string, ipv6: string] {
  const { ipv4, ipv6 } = SWITCHES[name];
  return [`${ipv4}${number}/24`, `${ipv6}${hex(number)}/64`];
}

/** The router's end of a switch. */
export function gatewayOf(name: SwitchName): { readonly mac: string; readonly ips: string[] } {
  const ips = addressesOf(name, ROUTER).map((each) => each.split("/")[0]!);
  return { mac: macOf(ips[0]!), ips };
}

/** Commands for ovn-nbctl, one after the other. */
export function inOneTransaction(...commands: readonly (readonly string[])[]): string[] {
  return commands.flatMap((command, index) => index === 0 ? command : ["--", ...command]);
}

type Router = "router" | "gateway";

/** Where the router and the gateway meet. */
const JOIN = {
  router: { mac: "0a:58:64:40:00:01", ips: ["100.64.0.1", "fd00:64::1"] },
  gateway: { mac: "0a:58:64:40:00:02", ips: ["100.64.0.2", "fd00:64::2"] },
} as const;
const PREFIXES = ["16", "64"];

interface RouterPort {
  readonly router: Router;
  readonly on: string;
  readonly mac: string;
  /** With prefix lengths. */
  readonly ips: readonly string[];
}

/** Connects a router with a switch. */
function connectCommands({ router, on, mac, ips }: RouterPort): string[][] {
  const [port, end] = [`${router}-${on}`, `${on}-${router}`];
  return [
    ["lrp-add", router, port, mac, ...ips],
    ["lsp-add", on, end],
    ["lsp-set-type", end, "router"],
    ["lsp-set-addresses", end, "router"],
    ["lsp-set-options", end, `router-port=${port}`],
  ];
}

function switchCommands(name: SwitchName): string[][] {
  const router = name === "outside" ? "gateway" : "router";
  const ips = addressesOf(name, ROUTER);
  return [
    ["ls-add", name],
    ...connectCommands({ router, on: name, mac: gatewayOf(name).mac, ips }),
  ];
}

/** Connects both routers, and tells each what is behind the other. */
function joinCommands(): string[][] {
  const ends = (["router", "gateway"] as const).flatMap((router) => {
    const { mac, ips } = JOIN[router];
    const withPrefixes = ips.map((ip, index) => `${ip}/${PREFIXES[index]}`);
    return connectCommands({ router, on: "join", mac, ips: withPrefixes });
  });
  const inside = (["left", "right"] as const).map((name) => SWITCHES[name]);
  return [
    ["ls-add", "join"],
    ...ends,
    ["lr-route-add", "router", "0.0.0.0/0", JOIN.gateway.ips[0]],
    ["lr-route-add", "router", "::/0", JOIN.gateway.ips[1]],
    ...inside.flatMap(({ ipv4, ipv6 }) => [
      ["lr-route-add", "gateway", `${ipv4}0/24`, JOIN.router.ips[0]],
      ["lr-route-add", "gateway", `${ipv6}/64`, JOIN.router.ips[1]],
    ]),
  ];
}

/** Makes the network. @param chassis Where the gateway is. */
export function networkCommands(chassis: string): string[] {
  return inOneTransaction(
    ["lr-add", "router"],
    ["lr-add", "gateway"],
    ["set", "logical_router", "gateway", `options:chassis=${chassis}`],
    ...(Object.keys(SWITCHES) as SwitchName[]).flatMap(switchCommands),
    ...joinCommands(),
    ["lr-nat-add", "gateway", "snat", SNAT_ADDRESS, `${SWITCHES.left.ipv4}0/24`],
  );
}

/** What a logical port of a Pod is. */
export interface LogicalPort {
  /** The `iface-id` of its interface. */
  readonly name: string;
  readonly on: SwitchName;
  readonly mac: string;
  /** With prefix lengths. */
  readonly ips: readonly string[];
  /** If it is given, OVN takes only an interface with this `iface-id-ver`. */
  readonly version?: string | undefined;
}

export function portCommands({ name, on, mac, ips, version }: LogicalPort): string[] {
  const addresses = [mac, ...ips.map((ip) => ip.split("/")[0])].join(" ");
  return inOneTransaction(
    ["lsp-add", on, name],
    ["lsp-set-addresses", name, addresses],
    ["lsp-set-port-security", name, addresses],
    ...(version === undefined ? [] : [["lsp-set-options", name, `iface-id-ver=${version}`]]),
  );
}

/** One port of the load balancer. */
export interface Balancing {
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  /** Addresses of the Pods behind it. */
  readonly backends: readonly string[];
  readonly backendPort: number;
}

/** Has the load balancer share out what comes to a port of its address, from all Pods behind the router. */
export function balanceCommands(
  { port, protocol, backends, backendPort }: Balancing,
): string[] {
  const name = `vip-${protocol}`;
  const behind = backends.map((ip) => `${ip}:${backendPort}`).join(",");
  return inOneTransaction(
    ["--may-exist", "lb-add", name, `${VIP}:${port}`, behind, protocol],
    ...["left", "right"].map((each) => ["--may-exist", "ls-lb-add", each, name]),
  );
}
