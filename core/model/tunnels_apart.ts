/**
 * Tunnels that several bridges of one Open vSwitch have for one TrafficControl. Open vSwitch makes one tunnel for each
 * type, remote address and key that comes in, and takes a name for one port. What goes out has a key of its own
 * (ovs-vswitchd.conf.db(5), Interface, `options:in_key` and `options:out_key`). So a tunnel for copies, in which nothing
 * has to come back, can be on each bridge: decision 048. Pure.
 * @module
 */
import { createHash } from "node:crypto";
import { isTunnel } from "../contracts/interface_types.ts";
import type { PortRef, PortSpec, Treatment } from "../contracts/mod.ts";
import type { Control } from "../objects/types.ts";
import { alternativesOf } from "./choices/choices.ts";

/** No packet comes in with such a key: keys have 32 bits at most. The last 32 bits are those of the bridge. */
const NO_KEY = 0x51cen << 32n;
/** Hexadecimal digits. */
const HASH_LENGTH = 8;
/** Bytes of a name before the hash: a name has 15 bytes. */
const HEAD_LENGTH = 7;

const hashOf = (text: string) =>
  createHash("sha256").update(text).digest("hex").slice(0, HASH_LENGTH);

/** The same tunnel for packets that go out, on this bridge. */
function apart({ name: _, type, options, identity, ...more }: PortSpec, bridge: string): PortSpec {
  const own = `${identity} on ${bridge}`;
  const key = NO_KEY | BigInt(`0x${hashOf(bridge)}`);
  return {
    ...more,
    name: `${`${type}-`.slice(0, HEAD_LENGTH)}${hashOf(own)}`,
    type,
    options: { ...options, in_key: `${key}` },
    identity: own,
  };
}

/** The names of ports through which packets come back. */
function returning({ treatment, ingressTreatment }: Control): Set<string> {
  const hops = [treatment, ingressTreatment].flatMap((each) => each?.hops ?? []);
  return new Set(hops.flatMap(alternativesOf).flat());
}

/** The TrafficControl with tunnels of this bridge's own, where it has tunnels for copies alone. */
export function withOwnTunnels(control: Control, bridge: string): Control {
  const back = returning(control);
  const renamed = new Map<string, string>();
  const ports = control.ports.map((claim) => {
    const { spec } = claim;
    if (!isTunnel(spec) || spec.farEnd || back.has(spec.name)) return claim;
    const own = apart(spec, bridge);
    renamed.set(spec.name, own.name);
    return { ...claim, spec: own };
  });
  if (renamed.size === 0) return control;
  const named = <Name extends string>(name: Name) => (renamed.get(name) ?? name) as Name;
  const { additional, treatment, ingressTreatment } = control;
  return {
    ...control,
    ports,
    ...(additional && {
      additional: additional.map((entry) => ({ ...entry, target: named(entry.target) })),
    }),
    treatment: withNames(treatment, named),
    ...(ingressTreatment && { ingressTreatment: withNames(ingressTreatment, named) }),
  };
}

function withNames(treatment: Treatment, named: (port: PortRef) => PortRef): Treatment {
  const { copies } = treatment;
  if (!copies) return treatment;
  return { ...treatment, copies: copies.map((copy) => ({ ...copy, to: copy.to.map(named) })) };
}
