/** The contract of a resolver: which OVS port is a Pod's. @module */

/** What a resolver may know of a Pod. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** `status.podIPs`. */
  readonly ips: readonly string[];
}

/** Columns of an OVSDB Interface row, under their OVSDB names. */
export interface InterfaceRow {
  readonly name: string;
  readonly type: string;
  /** Of the Interface and of its Port, where Antrea and ovs-cni write; the Interface's win. */
  readonly external_ids: Readonly<Record<string, string>>;
  readonly ofport?: number;
  readonly mac_in_use?: string;
}

/** The bridge's Interface rows, indexed: a lookup costs what it finds, not what exists. */
export interface PortView {
  named(name: string): InterfaceRow | undefined;
  /** In the order of their names. */
  withExternalID(key: string, value: string): readonly InterfaceRow[];
}

/** One OVS port of a Pod. */
export interface Attachment {
  /** OVS port name; the core follows its ofport. */
  readonly port: string;
  /** The Pod's own, lower case: packets from any other are spoofed. */
  readonly macs: readonly string[];
  readonly ips: readonly string[];
  /** How packets to the Pod are known: `mac` on a layer-2 bridge, `ip` where the CNI routes. */
  readonly match: "mac" | "ip";
}

/** The default export of `plugins/cni/<name>.ts`, and what a resolver's plugin file makes. */
export interface Resolver {
  /** For `--resolver`, in kebab-case. */
  readonly name: string;
  /** One sentence for the reference. */
  readonly docs: string;
  /**
   * The Pod's ports on this bridge, none if this CNI did not make it. Pure: it is asked again when
   * the Pod changes, or a port that it asked for.
   *
   * @throws {TypeError} If the Pod says something of itself that cannot be: a condition.
   */
  resolve(pod: Pod, ports: PortView): readonly Attachment[];
}

/**
 * Gives `resolve` its types; adds nothing else.
 *
 * @example Ports that carry the Pod's UID under a key of their CNI's.
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const resolver = defineResolver({
 *   name: "my-cni",
 *   docs: "Finds ports by external_ids:my-cni-uid.",
 *   resolve: ({ uid, ips }, ports) =>
 *     ports.withExternalID("my-cni-uid", uid).map(({ name, mac_in_use }) => ({
 *       port: name,
 *       macs: mac_in_use === undefined ? [] : [mac_in_use],
 *       ips,
 *       match: "mac",
 *     })),
 * });
 * const row = { name: "veth0", type: "", external_ids: {}, mac_in_use: "02:00:00:00:00:01" };
 * const ports = { named: () => undefined, withExternalID: () => [row] };
 * const pod = { namespace: "default", name: "web", uid: "1", annotations: {}, ips: [] };
 * assert.equal(resolver.resolve(pod, ports)[0]?.port, "veth0");
 * ```
 */
export function defineResolver(resolver: Resolver): Resolver {
  return resolver;
}
