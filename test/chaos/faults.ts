/** What goes wrong for a while, during which other operations happen. @module */
import type { Random } from "../ownership/random.ts";
import type { Need } from "./operations.ts";
import type { Fault } from "./fault.ts";
import { PLUGIN_FAULTS } from "./plugins.ts";
import type { Interference } from "./proxy.ts";
import type { World } from "./world.ts";

const ALL: readonly Need[] = ["database", "switch", "flows"];

/** Bad networks: what happens to the messages of one of the two connections. */
const INTERFERENCES: readonly (readonly [name: string, weight: number, Interference])[] = [
  ["is slow", 3, { kind: "delay", milliseconds: 20 }],
  ["is cut in the middle of a message", 3, { kind: "cut", after: 0 }],
  ["is cut in the middle of each fifth message", 3, { kind: "cut", after: 4 }],
  ["is refused", 3, { kind: "refuse" }],
  ["swallows all messages", 2, { kind: "swallow" }],
  ["spoils each third message", 2, { kind: "corrupt", every: 3 }],
];

const network: readonly Fault[] = (["database", "openflow"] as const).flatMap((to) =>
  INTERFERENCES.map(([name, weight, interference]) => ({
    name: `the connection to ${to} ${name}`,
    weight,
    begin: (world: World) => world.proxies[to].interfere(interference),
    end: (world: World) => world.proxies[to].heal(),
  }))
);

/** A setting of br0 on both switches, and how it is taken back. */
function setting(name: string, weight: number, [on, off]: readonly [string[], string[]]): Fault {
  return {
    name: `br0 has ${name}`,
    weight,
    breaks: ["flows"],
    begin: async (world) => {
      await world.rememberFlows();
      await world.onBoth(on);
    },
    end: async (world) => {
      await world.onBoth(off);
      await world.restoreFlows(); // Open vSwitch forgets flows at some of these changes
    },
  };
}

const PROTOCOLS = "protocols=[OpenFlow10,OpenFlow13,OpenFlow14,OpenFlow15]";
const bridge = (...settings: string[]) => ["set", "bridge", "br0", ...settings];

export const FAULTS: readonly Fault[] = [
  {
    name: "the agent is killed",
    weight: 6,
    of: "agent",
    breaks: ["agent"],
    begin: (world) => world.killAgent(),
    end: (world) => world.startAgent(),
  },
  {
    name: "the agent has ended",
    weight: 3,
    of: "agent",
    breaks: ["agent"],
    begin: (world) => world.stopAgent(),
    end: (world) => world.startAgent(),
  },
  {
    name: "the agent stands still",
    weight: 4,
    of: "agent",
    breaks: ["agent"],
    begin: (world) => world.signal("agent", "SIGSTOP"),
    end: (world) => world.signal("agent", "SIGCONT"),
  },
  {
    name: "ovs-vswitchd is killed",
    weight: 3,
    breaks: ALL,
    begin: (world) => world.killSwitch(),
    end: (world) => world.startSwitch(),
  },
  {
    name: "ovs-vswitchd stands still",
    weight: 4,
    breaks: ALL,
    begin: (world) => world.signal("ovs-vswitchd", "SIGSTOP"),
    end: (world) => world.signal("ovs-vswitchd", "SIGCONT"),
  },
  {
    name: "ovsdb-server is killed",
    weight: 3,
    breaks: ALL,
    begin: (world) => world.ovs.killOvsdbServer(),
    end: (world) => world.ovs.startOvsdbServer(),
  },
  {
    name: "ovsdb-server stands still",
    weight: 3,
    breaks: ALL,
    begin: (world) => world.signal("ovsdb-server", "SIGSTOP"),
    end: (world) => world.signal("ovsdb-server", "SIGCONT"),
  },
  ...network,
  {
    name: "the state folder is full",
    weight: 2,
    begin: (world) => world.disks.state.fill(),
    end: (world) => world.disks.state.free(),
  },
  {
    name: "the state folder is read-only",
    weight: 2,
    begin: (world) => world.disks.state.readOnly(true),
    end: (world) => world.disks.state.readOnly(false),
  },
  {
    name: "the folder of manifests is read-only",
    weight: 2,
    breaks: ["manifests"],
    begin: (world) => world.disks.manifests.readOnly(true),
    end: (world) => world.disks.manifests.readOnly(false),
  },
  setting("another datapath id", 2, [
    bridge("other_config:datapath-id=00000000000000aa"),
    ["remove", "bridge", "br0", "other_config", "datapath-id"],
  ]),
  setting("no OpenFlow 1.5", 2, [
    bridge("protocols=[OpenFlow10,OpenFlow13,OpenFlow14]"),
    bridge(PROTOCOLS),
  ]),
  setting("fail mode standalone", 2, [
    bridge("fail_mode=standalone"),
    bridge("fail_mode=secure"),
  ]),
  ...PLUGIN_FAULTS,
];

export const faultNamed = (name: string): Fault => {
  const found = FAULTS.find((fault) => fault.name === name);
  if (!found) throw new Error(`Cannot find fault "${name}": it is not in the table`);
  return found;
};

/** @param missing What does not work already; nothing if no other fault lasts. */
export function drawFault(random: Random, missing: readonly Need[] | undefined): Fault | undefined {
  const possible = FAULTS.filter(({ of }) => !missing || (of && !missing.includes(of)));
  if (possible.length === 0) return undefined;
  return random.weighted(possible.map((fault) => [fault.weight, fault] as const));
}
