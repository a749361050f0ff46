/**
 * The large situation of the golden test: 250 Pods and 50 TrafficControls. Rules without chance make them: mirrors to
 * every kind of target but an attached device, redirects, treatments that combine, and what Sluice refuses or warns of.
 * @module
 */
import { BRIDGE, internal, trafficControl } from "./lab/agent.ts";
import { eventually, type PrivateOvs } from "./lab/ovs.ts";
import { ipIn } from "./lab/run.ts";

export const PODS = 250;
/** All Pods of a group have the same labels, and so the same treatments. */
const GROUPS = 50;
const APPS = 10;
const NAMESPACES = ["default", "dev", "prod", "shop", "test"] as const;
/** The OpenFlow number of the owner's first port. A Pod's is its index + 1. */
const OWNERS_OFPORT = 900;

type Spec = Readonly<Record<string, unknown>>;
const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const two = (number: number) => `${number}`.padStart(2, "0");
const hex = (byte: number) => byte.toString(16).padStart(2, "0");

// --- Pods ---

/** Pods about which something is wrong or unusual, by their index. */
const NO_PORT = 246;
const NO_MAC = 247;
const SAME_MAC = [248, 249];
const isAccess = (index: number) => index % 12 === 0;
const isKnownByIP = (index: number) => index % 15 === 1;
const hasTwoMACs = (index: number) => index % 20 === 2;
const hasIPv6 = (index: number) => index % 9 === 3;

function macsOf(index: number): string {
  const number = SAME_MAC.includes(index) ? SAME_MAC[0]! : index;
  const mac = (vendor: string) => `02:${vendor}:00:00:${hex(number >> 8)}:${hex(number & 255)}`;
  return hasTwoMACs(index) ? `${mac("bb")},${mac("bc")}` : mac("bb");
}

function podAt(index: number): object {
  const group = index % GROUPS;
  const tier = Math.floor(group / APPS);
  const ips = [`10.7.${index >> 8}.${index & 255}`, `fd07::${index.toString(16)}`];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `p${index}`,
      namespace: NAMESPACES[tier],
      labels: { group: `g${group}`, app: `a${group % APPS}`, tier: `t${tier}` },
      annotations: {
        "sluice.dev/ovs-port": `p${index}`,
        ...(index !== NO_MAC && { "sluice.dev/mac": macsOf(index) }),
        ...(isKnownByIP(index) && { "sluice.dev/match": "ip" }),
      },
    },
    status: { podIPs: ips.slice(0, hasIPv6(index) ? 2 : 1).map((ip) => ({ ip })) },
  };
}

const namespaces = NAMESPACES.map((name, index) => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels: { team: index < 2 ? "blue" : "red" } },
}));

/** The owner's ports: a redirect uses one, the next has a tunnel's place, then a CNI's own, then one without a link. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  span0: ["type=internal"],
  tunnel0: ["type=vxlan", "options:remote_ip=192.0.2.200", "options:key=7"],
  gateway0: ["external_ids:antrea-type=gateway"],
  down0: [],
};
/** A device of the node with an address of the node. */
const ADDRESSED = "nic0";

/** Makes the ports of the Pods and of the owner, each with a number that it asks for, and the node's device. */
export async function attachWorld(ovs: PrivateOvs): Promise<void> {
  const add = (name: string, ofport: number, { port = [], row = [] }: Columns) => [
    ...["--", "add-port", BRIDGE, name, ...port],
    ...["--", "set", "interface", name, `ofport_request=${ofport}`, ...row],
  ];
  const pods = range(PODS).filter((index) => index !== NO_PORT).flatMap((index) =>
    add(`p${index}`, index + 1, { port: isAccess(index) ? ["tag=10"] : [] })
  );
  const owners = Object.entries(OWNERS).flatMap(([name, row], index) =>
    add(name, OWNERS_OFPORT + index, { row })
  );
  await ovs.vsctl(...pods, ...owners);
  await ovs.appctl("netdev-dummy/set-admin-state", "down0", "down");
  await eventually(
    "the link that is down",
    async () => (await ovs.vsctl("get", "interface", "down0", "link_state")) === "down\n",
  );
  await ipIn(ovs.netns, "link", "add", ADDRESSED, "type", "veth", "peer", "name", "nic1");
  await ipIn(ovs.netns, "addr", "add", "192.0.2.77/24", "dev", ADDRESSED);
}

interface Columns {
  /** Of the table Port. */
  readonly port?: readonly string[];
  /** Of the table Interface. */
  readonly row?: readonly string[];
}

// --- TrafficControls ---

/** A label that Kubernetes gives to every namespace. */
const NAME_LABEL = "kubernetes.io/metadata.name";
const pods = (labels: Spec) => ({ podSelector: { matchLabels: labels } });
const inTeam = (team: string) => ({ namespaceSelector: { matchLabels: { team } } });
const among = (key: string, values: readonly string[]) => ({ key, operator: "In", values });
const withExpressions = (...matchExpressions: readonly object[]) => ({
  podSelector: { matchExpressions },
});

/** Selectors of every form; they overlap. @param n The number of the mirror. */
function selectorAt(n: number): Spec {
  const app = `a${n % APPS}`;
  const third = Math.floor(n / 5);
  switch (n % 5) {
    case 0:
      return pods({ group: `g${n}` });
    case 1:
      return withExpressions(among("group", range(3).map((step) => `g${(n + 7 * step) % GROUPS}`)));
    case 2:
      return { ...pods({ app }), ...inTeam(third % 2 === 0 ? "blue" : "red") };
    case 3:
      return pods({ app, tier: `t${n % 4}` });
    default:
      return {
        ...withExpressions(
          {
            key: "app",
            operator: "NotIn",
            values: range(7).map((step) => `a${(n + step) % APPS}`),
          },
          { key: "legacy", operator: "DoesNotExist" },
        ),
        namespaceSelector: { matchExpressions: [among(NAME_LABEL, [NAMESPACES[third % 5]!])] },
      };
  }
}

/** One of each kind of target. The sixth round has the ports of the first, so that controls share them. */
const TARGETS: readonly ((round: number) => Spec)[] = [
  (round) => internal(`ids${round % 5}`),
  (round) => ({ geneve: { remoteIP: "192.0.2.1", vni: 100 + round % 5 } }),
  (round) => ({ vxlan: { remoteIP: "2001:db8::1", vni: round % 5, destinationPort: 8472 } }),
  (round) => ({ gre: { remoteIP: `192.0.2.${10 + round % 5}`, ...(round % 2 && { key: round }) } }),
  (round) => ({
    erspan: { remoteIP: "192.0.2.3", version: 1, sessionID: round % 5, index: 10 + round % 5 },
  }),
  (round) => ({
    erspan: { remoteIP: "192.0.2.4", version: 2, sessionID: round % 5, dir: 1, hardwareID: 7 },
  }),
];
const DIRECTIONS = ["Both", "Egress", "Ingress"] as const;
const MIRRORS = 32;

const mirrors = range(MIRRORS).map((n) => {
  const round = Math.floor(n / TARGETS.length);
  const direction = DIRECTIONS[round % DIRECTIONS.length]!;
  return trafficControl(`mirror-${two(n)}`, {
    appliedTo: selectorAt(n),
    direction,
    action: "Mirror",
    targetPort: TARGETS[n % TARGETS.length]!(round),
  });
});

/** @param pair Names of its target and of its return port. */
function redirect(pair: readonly [string, string], appliedTo: Spec, more: Spec = {}): Spec {
  const [targetPort, returnPort] = pair.map(internal);
  return { appliedTo, direction: "Both", action: "Redirect", targetPort, returnPort, ...more };
}
const made = (day: number) => ({ creationTimestamp: `2026-01-${two(day)}T00:00:00Z` });

/** Numbers 1 and 2 have Pods of number 0, too, and number 5 is younger than number 6, whose Pods it has. */
const redirects = [
  trafficControl("redirect-0", redirect(["in0", "out0"], pods({ app: "a4" }))),
  trafficControl("redirect-1", redirect(["in1", "out1"], pods({ app: "a4", tier: "t1" }))),
  trafficControl(
    "redirect-2",
    redirect(["in2", "out2"], {
      ...withExpressions(among("app", ["a4", "a5"])),
      ...inTeam("blue"),
    }, { direction: "Egress" }),
  ),
  trafficControl(
    "redirect-3",
    redirect(["in3", "out3"], pods({ app: "a6" }), { direction: "Ingress" }),
  ),
  trafficControl("redirect-4", redirect(["hook0", "hook0"], pods({ group: "g7" }))),
  trafficControl("redirect-5", redirect(["in5", "out5"], pods({ app: "a8" })), made(2)),
  trafficControl("redirect-6", redirect(["in6", "out6"], pods({ app: "a8", tier: "t2" })), made(1)),
  trafficControl("redirect-7", redirect(["span0", "out7"], pods({ group: "g49" }))),
];

const REFUSED = "refused-";
/** A mirror for one group, or what `more` makes of it. */
const mirror = (more: Spec): Spec => ({
  appliedTo: pods({ group: "g9" }),
  direction: "Both",
  action: "Mirror",
  ...more,
});
const refused = (name: string, more: Spec) => trafficControl(REFUSED + name, mirror(more));
const toDevice = (name: string): Spec => ({ targetPort: { device: { name } } });

const refusals = [
  refused("pair", redirect(["in0", "out9"], pods({ group: "g9" }))),
  refused("mirror-of-pair", { targetPort: internal("out1") }),
  refused("options", {
    targetPort: { erspan: { remoteIP: "192.0.2.3", version: 1, sessionID: 0, index: 99 } },
  }),
  refused("owners-tunnel", { targetPort: { vxlan: { remoteIP: "192.0.2.200", vni: 7 } } }),
  refused("missing", toDevice("nowhere0")),
  refused("pods-port", toDevice("p0")),
  refused("bridge", toDevice(BRIDGE)),
  refused("owners-port", toDevice("gateway0")),
  refused("address", toDevice(ADDRESSED)),
];
/** It is realized, with a warning. */
const warned = trafficControl("warned", mirror(toDevice("down0")));

const controls = [...mirrors, ...redirects, ...refusals, warned];
export const CONTROLS = controls.length;
/** Whether all its ports can be on the bridge. */
export const canHavePorts = (name: string) => !name.startsWith(REFUSED);

/** Manifests by the names of their files. */
export const MANIFESTS: ReadonlyMap<string, readonly object[]> = new Map([
  ["namespaces.yaml", namespaces],
  ["pods.yaml", range(PODS).map(podAt)],
  ["traffic_controls.yaml", controls],
]);
