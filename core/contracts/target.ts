/** The contract of a target: one kind of port that receives traffic. @module */
import type { Static, TObject } from "typebox";

/** Key of the targetPort union in the CRD, in camelCase, e.g. `vxlan`. Open: plugins add kinds. */
export type TargetKind = string;

/** One thing wrong with a spec; `path` is a JSON pointer into it, e.g. `/dir`. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** The OVS port that a target wants; the core creates, marks, counts and removes it. */
export interface PortSpec {
  /** 1 to 15 bytes of ASCII. Follows from `identity` alone. */
  readonly name: string;
  /** `Interface.type`: ovs-vswitchd.conf.db(5). The empty string means a system device. */
  readonly type: string;
  /** `Interface.options`, defaults written out: equal meaning gives equal options. */
  readonly options: Readonly<Record<string, string>>;
  /**
   * What OVS allows once per instance; for tunnels type, remote_ip, key and dst_port.
   * Specs of one identity share a port; if type or options differ, they conflict.
   */
  readonly identity: string;
  /** A second port, on another bridge of the same Open vSwitch, that the core makes and removes with it. */
  readonly farEnd?: FarEnd;
}

/** The other end of a port, as `type=patch` needs one: `Interface.options:peer`. */
export interface FarEnd {
  /** A bridge that is there already; never the one that Sluice works on. */
  readonly bridge: string;
  /** 1 to 15 bytes of ASCII. Follows from the port's `identity`. */
  readonly name: string;
  readonly type: string;
  readonly options: Readonly<Record<string, string>>;
}

/** The default export of `targets/<kind>.ts`, and what a target's plugin file makes. */
export interface Target<Schema extends TObject = TObject> {
  readonly kind: TargetKind;
  /** One sentence for the CRD and the reference. */
  readonly docs: string;
  /** `named` ports live as long as their TrafficControl, `shared` ones while it has Pods here. */
  readonly lifetime: "named" | "shared";
  /** Nothing can come in through its ports: no action that requires a `returnPort` gets them. */
  readonly oneWay?: true;
  /**
   * Bytes that its ports add to each packet, an outer IPv4 header included, an outer Ethernet header not; needed
   * where Sluice does not know the type of the port. `MTUTooSmall` warns by it.
   */
  readonly overhead?: number;
  /** TypeScript type, validation, CRD fragment and reference in one; each field has a description. */
  readonly schema: Schema;
  /** A valid spec, for the reference and the conformance suite. */
  readonly example: Static<Schema>;
  /** What the schema cannot say; called only with specs that the schema accepts. Pure. */
  check?(spec: Static<Schema>): readonly Problem[];
  /** Pure; called only with specs that `check` accepts. */
  port(spec: Static<Schema>): PortSpec;
}

/**
 * Gives `example` and the methods the type of `schema`; adds nothing else.
 *
 * @example A tunnel by GRE (RFC 2784) without options.
 * ```ts
 * import assert from "node:assert/strict";
 * import Type from "typebox";
 *
 * const target = defineTarget({
 *   kind: "plainGre",
 *   docs: "Sends packets to a remote address over GRE.",
 *   lifetime: "shared",
 *   schema: Type.Object({
 *     remoteIP: Type.String({ format: "ipv4", description: "The tunnel's far end." }),
 *   }),
 *   example: { remoteIP: "192.0.2.1" },
 *   port: ({ remoteIP }) => ({
 *     name: `gre-${remoteIP.split(".").map((byte) => Number(byte).toString(16)).join("-")}`,
 *     type: "gre",
 *     options: { remote_ip: remoteIP },
 *     identity: `gre ${remoteIP}`,
 *   }),
 * });
 * assert.equal(target.port(target.example).name, "gre-c0-0-2-1");
 * ```
 */
export function defineTarget<const Schema extends TObject>(target: Target<Schema>): Target {
  return target;
}
