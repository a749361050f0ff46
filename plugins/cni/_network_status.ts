/**
 * The annotation in which Multus writes what each network gave a Pod: "Kubernetes Network Custom Resource Definition De-facto
 * Standard", section 5.
 * @module
 */
import { foreign, type Pod } from "../../core/api.ts";
import type { Known } from "./_attach.ts";

export const STATUS_ANNOTATION = "k8s.v1.cni.cncf.io/network-status";

/** One interface of the Pod. */
export interface NetworkStatus {
  /** Of the network, `<namespace>/<name>` of its NetworkAttachmentDefinition. That of the cluster may have another name. */
  readonly network: string;
  /** Name of the interface inside the Pod. */
  readonly device: string;
  /** It is the interface of the cluster's own network. */
  readonly isDefault: boolean;
  readonly addresses: Known;
}

/** @throws {TypeError} If the annotation is not JSON. */
export function networkStatus({ annotations }: Pod): readonly NetworkStatus[] {
  const entries = parsed(annotations[STATUS_ANNOTATION] ?? "[]");
  return (Array.isArray(entries) ? entries : []).map((entry: unknown) => {
    const fields = Object(entry) as Readonly<Record<string, unknown>>;
    const { name, interface: device, mac, ips } = fields;
    return {
      network: String(name),
      device: String(device),
      isDefault: fields.default === true,
      addresses: {
        mac: typeof mac === "string" ? mac : undefined,
        ips: Array.isArray(ips) && ips.length > 0 ? ips.map(String) : undefined,
      },
    };
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TypeError(`Cannot use annotation ${STATUS_ANNOTATION} ${foreign(text)}: not JSON`, {
      cause,
    });
  }
}
