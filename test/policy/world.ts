/** The Pods and hosts of the tests of `rules` and `truncateBytes`, and short ways to write mirrors and packets. @module */
import { internal, trafficControl } from "../lab/agent.ts";
import { EVERYONE, type Mirror, type Pod, PROTOCOLS, type Rule } from "./oracle.ts";
import type { Shape } from "./packets.ts";

/** A device on the bridge with the MAC that the lab gives it. Its kernel does not have these addresses. */
export interface Host {
  readonly name: string;
  readonly mac: string;
  readonly ips: readonly [string, string];
}

/** Three Pods, and a host that is none. */
export const HOSTS: readonly Host[] = [1, 2, 3, 4].map((number) => ({
  name: `p${number}`,
  mac: `02:aa:00:00:00:0${number}`,
  ips: [`10.20.0.${number}`, `fd20::${number}`],
}));
export const OUTSIDE = "p4";
export const TARGETS = ["t0", "t1", "t2"] as const;

export const hostOf = (name: string) => HOSTS.find((host) => host.name === name)!;

/** The Pods with these names. All have a label of their own and one that they share. */
export function podsOf(...names: readonly string[]): Pod[] {
  return names.map((name) => ({ ...hostOf(name), labels: { app: name, team: "all" } }));
}

type Spec = Partial<Mirror["spec"]>;

/** A mirror of the Pods with these labels. */
export function mirrorOf(
  name: string,
  matchLabels: Readonly<Record<string, string>>,
  { target = TARGETS[0], ...more }: Spec & { readonly target?: string } = {},
): Mirror {
  return trafficControl(name, {
    appliedTo: { podSelector: { matchLabels } },
    direction: "Both",
    action: "Mirror",
    targetPort: internal(target),
    ...more,
  }) as unknown as Mirror;
}

export const include = (rule: Omit<Rule, "action"> = {}): Rule => ({ action: "Include", ...rule });
export const skip = (rule: Omit<Rule, "action"> = {}): Rule => ({ action: "Skip", ...rule });
export const peer = (cidr: string, ...except: readonly string[]) => ({
  ipBlock: { cidr, ...(except.length > 0 && { except }) },
});

/** Where frames of the other kinds than unicast go. */
const BROADCAST = { mac: "ff:ff:ff:ff:ff:ff", ips: ["255.255.255.255", "ff02::1"] } as const;

let lastID = 0;

/** Numbers for packets. So many further ones are all different. */
export function newIDs(count: number): number[] {
  return Array.from({ length: count }, () => ++lastID);
}

/** A TCP segment between two hosts, if `more` says nothing else. */
export function shapeOf(from: string, to: string, more: Partial<Shape> = {}): Shape {
  const version = more.version ?? 4;
  const address = version === 4 ? 0 : 1;
  const receiver = to === EVERYONE ? BROADCAST : hostOf(to);
  return {
    ...{ from, to, version, id: newIDs(1)[0]!, length: 200 },
    macs: { from: hostOf(from).mac, to: receiver.mac },
    source: hostOf(from).ips[address],
    destination: receiver.ips[address],
    protocol: PROTOCOLS.TCP,
    ...more,
    ...withHeader(more),
  };
}

/** What the header of a protocol has, if nothing else is said. */
function withHeader({ protocol = PROTOCOLS.TCP, ports, flags, icmp }: Partial<Shape>) {
  const [ECHO, ECHO6, PSH_ACK] = [8, 128, 0x18];
  switch (protocol) {
    case PROTOCOLS.TCP:
      return { ports: ports ?? { from: 40000, to: 443 }, flags: flags ?? PSH_ACK };
    case PROTOCOLS.UDP:
    case PROTOCOLS.SCTP:
      return { ports: ports ?? { from: 40000, to: 53 } };
    case PROTOCOLS.ICMP:
      return { icmp: icmp ?? ECHO };
    case PROTOCOLS.ICMPV6:
      return { icmp: icmp ?? ECHO6 };
    default:
      return {};
  }
}
