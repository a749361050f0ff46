/** The contract of a resolver: which ports of the bridge belong to a Pod. @module */

/** What a resolver knows about a Pod. */
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
  /**
   * The `external_ids` of the Interface and of its Port, where Antrea and ovs-cni write. If both have a key, that of
   * the Interface counts.
   */
  readonly external_ids: Readonly<Record<string, string>>;
  readonly ofport?: number;
  readonly mac_in_use?: string;
}

/** The bridge's Interface rows, with indexes: the time of a look-up does not depend on the number of ports. */
export interface PortView {
  named(name: string): InterfaceRow | undefined;
  /** The rows whose `external_ids` have the key with this value, in the order of their names. */
  withExternalID(key: string, value: string): readonly InterfaceRow[];
}

/** One port of a Pod on the bridge. */
export interface Attachment {
  /** Name of the port in Open vSwitch. The core finds its number. */
  readonly port: string;
  /** The MACs that the Pod may send with, in lower case. A packet with another source MAC is taken for spoofed. */
  readonly macs: readonly string[];
  /** The Pod's IP addresses on this port. */
  readonly ips: readonly string[];
  /** By what packets to the Pod are recognized: `mac` if the bridge works on layer 2, `ip` if the CNI routes. */
  readonly match: "mac" | "ip";
}

/** A resolver: the default export of `plugins/cni/<name>.ts`, and what the plugin file of a resolver defines. */
export interface Resolver {
  /** The value of `--resolver`, in kebab-case. */
  readonly name: string;
  /** One sentence for the reference. */
  readonly docs: string;
  /**
   * Keys of the annotations that `resolve` reads. `*` at the beginning of a key stands for any text, as in
   * `*.kubernetes.io/mac_address`. Annotations that no resolver reads are not kept. If the list is absent, all annotations
   * are kept, as long as they are not too large: `docs/limits.md`.
   */
  readonly annotations?: readonly string[];
  /**
   * Keys of `external_ids` by which the CNI marks the ports of Pods, e.g. `["contPodUid"]`. No Pod can claim a port with
   * one of them by an annotation that another resolver reads.
   */
  readonly marks?: readonly string[];
  /**
   * Keys of annotations that are as good as the CNI's word, since nobody whom the operator does not trust can write them.
   * What `resolve` finds by any other annotation is a claim of the Pod: the CNI's word comes before it.
   */
  readonly trustedAnnotations?: readonly string[];
  /**
   * The Pod's ports on this bridge; none if this CNI did not attach the Pod. Pure. The core calls it again when the Pod
   * changes, or when the answer to one of its look-ups changes. Each time it is called twice, first without all
   * annotations but the trusted ones: what it finds then is the CNI's word.
   *
   * @throws {TypeError} If the Pod's data is wrong, e.g. an annotation. The Pod then has the condition `ResolverFailed`,
   * and keeps what is known without the annotations.
   */
  resolve(pod: Pod, ports: PortView): readonly Attachment[];
}

/**
 * Returns the resolver as it is. It gives `resolve` its types.
 *
 * @example A resolver for a CNI that writes the Pod's UID into `external_ids` of its ports.
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const resolver = defineResolver({
 *   name: "my-cni",
 *   docs: "Finds ports by external_ids:my-cni-uid.",
 *   marks: ["my-cni-uid"],
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
