/** TrafficControls for tests of the core, made by one short call each. @module */
import {
  DEFAULT_PRIORITY,
  type PortRef,
  type PortSpec,
  type Treatment,
} from "../../contracts/mod.ts";
import { rankOf } from "../../objects/compile.ts";
import type { Control } from "../../objects/types.ts";
import type { ModelOptions } from "../model_options.ts";

/** A node without devices, other bridges or tunnels, so that nothing hinders a port. */
export const ALONE: ModelOptions["surroundings"] = {
  bridge: "br0",
  bridgeOf: () => undefined,
  isBridge: () => false,
  isOurs: () => false,
  mtuOf: () => undefined,
  sameTunnel: () => undefined,
  isReceivedFrom: () => undefined,
  isOwnAddress: () => false,
  flowTunnel: () => undefined,
  device: () => undefined,
};

type Made = Partial<Pick<Control, "directions" | "ports" | "priority">> & {
  readonly treatment: { [K in keyof Treatment]: unknown };
};

export function internal(name: string): PortSpec {
  return { name, type: "internal", options: {}, identity: name };
}

export function tunnelTo(name: string, options: Record<string, string> = {}): PortSpec {
  return { name, type: "erspan", options: { remote_ip: "192.0.2.1", ...options }, identity: name };
}

/** @param age Ages are compared as text: "1" is older than "2". */
export function control(name: string, age: string, made: Made & { specs?: PortSpec[] }): Control {
  const { specs = [], treatment, directions = ["egress", "ingress"] } = made;
  const { priority = DEFAULT_PRIORITY } = made;
  return {
    name,
    age,
    priority,
    rank: rankOf(priority, age),
    conditions: [],
    directions,
    treatment: treatment as Treatment,
    ports: specs.map((spec) => ({ kind: "test", lifetime: "named", spec })),
    object: { name, appliedTo: {}, direction: "Both", action: "Test" },
  };
}

export function mirror(name: string, age: string, ...ports: string[]): Control {
  return control(name, age, {
    treatment: { copies: ports.map((port) => ({ to: [port as PortRef] })) },
    specs: ports.map(internal),
  });
}

export function redirect(name: string, age: string, pair: readonly [string, string]): Control {
  const [target, returned] = pair;
  return control(name, age, {
    treatment: { hops: [{ pairs: [{ target, return: returned }] }] },
    specs: [...new Set(pair)].map(internal),
  });
}
