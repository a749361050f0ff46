/** Conditions of ports that TrafficControls name and cannot have, with their cures. @module */
import type { Condition } from "../../contracts/condition.ts";
import { addressed, DEVICE, foreign, judge, row, TAP } from "./made_conditions.ts";

/** The message, the cure, and a function that causes the condition. */
export type Cure = readonly [string, string, () => readonly (Condition | undefined)[]];

const deviceThat = (is: object) => ({ device: () => ({ index: 2, addresses: [], ...is }) });

export const PORTS: readonly Cure[] = [
  ['Device "eno2" is a bridge', "name another", () => judge(DEVICE, { isBridge: () => true })],
  [
    'Device "eno2" is on bridge "br-ex"',
    "name another",
    () => judge(DEVICE, { bridgeOf: () => "br-ex" }),
  ],
  [
    'Device "eno2" is on bridge "br-ex", where Sluice has made its port',
    'run "sluice cleanup --bridge br-ex" if no agent works there any more; otherwise name another',
    () => judge(DEVICE, { bridgeOf: () => "br-ex", isOurs: () => true }),
  ],
  [
    'Device "tap0" is on the node, and is no internal port',
    "name another, or make it a target of the kind device",
    () => judge(TAP, deviceThat({ isNotInternal: true })),
  ],
  [
    'Open vSwitch cannot make port "tap0": Invalid argument',
    'name another: the node has a device "tap0"',
    () => judge(TAP, deviceThat({}), row(TAP, { error: "Invalid argument" })),
  ],
  [
    'Port "eno2" is a member of a bond',
    "name another",
    () => judge(DEVICE, {}, foreign(DEVICE, { isInBond: true })),
  ],
  [
    'Port "eno2" is a physical device that the bridge\'s owner has attached: if it is the uplink, what comes in there is dropped, and the node is cut off',
    'if it is for a sensor alone, run "ovs-vsctl del-port eno2": Sluice adds it again',
    () => judge(DEVICE, deviceThat({ isPhysical: true }), foreign(DEVICE)),
  ],
  [
    'Device "eno2" has address 192.0.2.7 of the node',
    "name another",
    () => judge(DEVICE, addressed),
  ],
];
