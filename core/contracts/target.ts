/** The contract of a target: a kind of port that receives packets. @module */
import type { Static, TObject } from "typebox";

/** A key of `targetPort` and `returnPort`, in camelCase, e.g. `vxlan`. Plugins can add kinds. */
export type TargetKind = string;

/** One thing that is wrong with a value. `path` is a JSON pointer (RFC 6901) into the value, e.g. `/dir`. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** The port in Open vSwitch that a target describes. The core makes, marks, counts and removes it. */
export interface PortSpec {
  /** 1 to 15 bytes of ASCII. It must follow from `identity` alone. */
  readonly name: string;
  /** `Interface.type`: ovs-vswitchd.conf.db(5). The empty string means a network device of the node. */
  readonly type: string;
  /** `Interface.options`. Defaults are written out, so that specs with the same meaning have equal options. */
  readonly options: Readonly<Record<string, string>>;
  /**
   * Open vSwitch allows one port for each identity. For tunnels it follows from type, remote_ip, key and dst_port.
   * TrafficControls with the same identity share a port. If its type or options differ, they conflict.
   */
  readonly identity: string;
  /**
   * A second port, on another bridge of the same Open vSwitch. The core makes and removes it together with the port.
   */
  readonly farEnd?: FarEnd;
}

/** The other end of a port. A port of type `patch` needs one: `Interface.options:peer`. */
export interface FarEnd {
  /** A bridge that exists already. It must not be the bridge that Sluice works on. */
  readonly bridge: string;
  /** 1 to 15 bytes of ASCII. It must follow from the port's `identity` alone. */
  readonly name: string;
  readonly type: string;
  readonly options: Readonly<Record<string, string>>;
}

/** A target: the default export of `targets/<kind>.ts`, and what the plugin file of a target defines. */
export interface Target<Schema extends TObject = TObject> {
  readonly kind: TargetKind;
  /** One sentence for the CRD and the reference. */
  readonly docs: string;
  /** A `named` port stays as long as its TrafficControl; a `shared` one while a TrafficControl selects Pods here. */
  readonly lifetime: "named" | "shared";
  /** No packet can come in through its ports. So Sluice refuses it for actions that require a `returnPort`. */
  readonly oneWay?: true;
  /**
   * Bytes that its ports add to each packet. They include an outer IPv4 header, but no outer Ethernet header. The
   * condition `MTUTooSmall` follows from it. It is needed for types of ports whose overhead Sluice does not know.
   */
  readonly overhead?: number;
  /**
   * A TypeBox schema. From it follow the TypeScript type, the validation, the part of the CRD, and the reference. Each
   * field needs a description.
   */
  readonly schema: Schema;
  /** A valid spec, for the reference and the conformance suite. */
  readonly example: Static<Schema>;
  /** Checks what the schema cannot express. Pure. It is called only with specs that the schema accepts. */
  check?(spec: Static<Schema>): readonly Problem[];
  /** The port for a spec. Pure. It is called only with specs that `check` accepts. */
  port(spec: Static<Schema>): PortSpec;
  /**
   * The port for copies of what Pods receive, if the spec asks for another one than `port` for that. Pure. Sluice refuses
   * such a spec for actions that require a `returnPort`.
   */
  ingressPort?(spec: Static<Schema>): PortSpec | undefined;
}

/**
 * Returns the target as it is. It gives `example` and the methods the type of `schema`.
 *
 * @example A GRE tunnel (RFC 2784) without options.
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
