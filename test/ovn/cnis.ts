/**
 * How CNIs on OVN mark the interface of a Pod and the Pod itself. Read in the sources of OVN-Kubernetes
 * (`go-controller/pkg/cni/helper_linux.go`, ConfigureOVS) and Kube-OVN (`pkg/daemon/ovs_linux.go`, configureNic; annotations:
 * `pkg/util/const.go`).
 * @module
 */

/** One interface of a Pod. */
export interface Nic {
  readonly namespace: string;
  /** Name of the Pod. */
  readonly pod: string;
  readonly uid: string;
  readonly mac: string;
  /** With prefix lengths. */
  readonly ips: readonly string[];
  /** Name of the NetworkAttachmentDefinition in the Pod's namespace; absent for the Pod's first interface. */
  readonly network?: string | undefined;
}

type Texts = Readonly<Record<string, string>>;

export interface CNI {
  /** The name of the logical port, which is the `iface-id` of the interface. */
  portOf(nic: Nic): string;
  /** The `iface-id-ver` that the logical port asks for. */
  versionOf(nic: Nic): string | undefined;
  /** The `external_ids` of the Interface row. */
  externalIDs(nic: Nic): Texts;
  /** The annotations of the Pod. */
  annotations(nic: Nic): Texts;
}

const plain = (ips: readonly string[]) => ips.map((ip) => ip.split("/")[0]!);
/** What a container runtime calls the Pod's sandbox: 64 hexadecimal digits. */
const sandboxOf = ({ uid }: Nic) => uid.replaceAll("-", "").padEnd(64, "0");

/** A port of another network than the Pod's first one has the network's name before its own, with dots in it. */
function ovnKubernetesPort({ namespace, pod, network }: Nic): string {
  const prefix = network === undefined ? "" : `${namespace}.${network}_`.replaceAll("-", ".");
  return `${prefix}${namespace}_${pod}`;
}

export const ovnKubernetes: CNI = {
  portOf: ovnKubernetesPort,
  versionOf: ({ uid }) => uid,
  externalIDs: (nic) => ({
    attached_mac: nic.mac,
    "iface-id": ovnKubernetesPort(nic),
    "iface-id-ver": nic.uid,
    sandbox: sandboxOf(nic),
    ...(nic.ips.length > 0 && { ip_addresses: nic.ips.join(",") }),
    ...(nic.network !== undefined && {
      "k8s.ovn.org/network": nic.network,
      "k8s.ovn.org/nad": `${nic.namespace}/${nic.network}`,
    }),
  }),
  annotations: () => ({}),
};

/** Kube-OVN's name of the network: it stands in names of ports and of annotations. */
const providerOf = ({ namespace, network }: Nic) =>
  network === undefined ? "ovn" : `${network}.${namespace}.ovn`;

function kubeOvnPort(nic: Nic): string {
  const end = nic.network === undefined ? "" : `.${providerOf(nic)}`;
  return `${nic.pod}.${nic.namespace}${end}`;
}

export const kubeOvn: CNI = {
  portOf: kubeOvnPort,
  versionOf: () => undefined,
  externalIDs: (nic) => ({
    "iface-id": kubeOvnPort(nic),
    vendor: "kube-ovn",
    pod_name: nic.pod,
    pod_namespace: nic.namespace,
    ip: plain(nic.ips).join(","),
    pod_netns: `/var/run/netns/cni-${nic.uid}`,
  }),
  annotations: (nic) => ({
    [`${providerOf(nic)}.kubernetes.io/mac_address`]: nic.mac,
    [`${providerOf(nic)}.kubernetes.io/ip_address`]: plain(nic.ips).join(","),
    [`${providerOf(nic)}.kubernetes.io/allocated`]: "true",
  }),
};
