/** Operations of a CNI and of whoever runs the sensors: on the ports of Pods, and on devices. @module */
import type { Random } from "../ownership/random.ts";
import type { Expected } from "./expected.ts";
import { DEVICES } from "./furniture.ts";
import { defineKind, type Kind, type Need } from "./operations.ts";

const SWITCH: readonly Need[] = ["database", "switch"];

interface PodPort {
  readonly name: string;
  readonly ofport: number;
}

/** A Pod with or without a port, and the number that a new port would ask for. */
function drawPod(random: Random, expected: Expected, hasPort: boolean): PodPort | undefined {
  const found = [...expected.pods].filter(([, { ofport }]) => (ofport !== undefined) === hasPort);
  if (found.length === 0) return undefined;
  return { name: random.pick(found)[0], ofport: expected.nextOfport() };
}

const numbered = ({ name, ofport }: PodPort, { pods }: Expected) =>
  void (pods.get(name)!.ofport = ofport);

export const PORTS: readonly Kind[] = [
  defineKind<PodPort>({
    name: "a Pod's port goes",
    weight: 4,
    needs: SWITCH,
    draw: (random, expected) => drawPod(random, expected, true),
    expect: ({ name }, { pods }) => {
      delete pods.get(name)!.ofport;
      delete pods.get(name)!.vlan;
    },
    run: ({ name }, world) => world.onBoth(["--if-exists", "del-port", name]),
  }),
  defineKind<PodPort>({
    name: "a Pod's port comes",
    weight: 8,
    needs: SWITCH,
    draw: (random, expected) => drawPod(random, expected, false),
    expect: numbered,
    run: ({ name, ofport }, world) =>
      world.onBoth(
        ["--may-exist", "add-port", "br0", name],
        ["set", "interface", name, `ofport_request=${ofport}`],
      ),
  }),
  defineKind<PodPort>({
    name: "a Pod's port is renumbered",
    weight: 4,
    needs: SWITCH,
    draw: (random, expected) => drawPod(random, expected, true),
    expect: numbered,
    run: ({ name, ofport }, world) =>
      world.onBoth(["set", "interface", name, `ofport_request=${ofport}`]),
  }),
  defineKind<PodPort>({
    name: "a Pod's port is made again in one transaction",
    weight: 4,
    needs: SWITCH,
    draw: (random, expected) => drawPod(random, expected, true),
    expect: (port, expected) => {
      numbered(port, expected);
      delete expected.pods.get(port.name)!.vlan;
    },
    run: ({ name, ofport }, world) =>
      world.onBoth(
        ["--if-exists", "del-port", name],
        ["add-port", "br0", name],
        ["set", "interface", name, `ofport_request=${ofport}`],
      ),
  }),
  defineKind<string>({
    name: "a device is deleted",
    weight: 3,
    draw: (random, { devices }) => devices.size > 0 ? random.pick([...devices]) : undefined,
    expect: (name, { devices }) => void devices.delete(name),
    run: (name, world) => world.deleteDevice(name),
  }),
  defineKind<string>({
    name: "a device comes",
    weight: 8,
    draw: (random, { devices }) => {
      const missing = DEVICES.filter((name) => !devices.has(name));
      return missing.length > 0 ? random.pick(missing) : undefined;
    },
    expect: (name, { devices }) => void devices.add(name),
    run: (name, world) => world.addDevice(name),
  }),
  defineKind<string>({
    name: "a device is made again",
    weight: 3,
    draw: (random, { devices }) => devices.size > 0 ? random.pick([...devices]) : undefined,
    expect: () => {},
    run: async (name, world) => {
      await world.deleteDevice(name);
      await world.addDevice(name);
    },
  }),
];
