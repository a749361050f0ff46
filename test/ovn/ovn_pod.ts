/** A Pod on a logical port of OVN, marked as a CNI marks it. @module */
import type { PrivateOvs } from "../lab/ovs.ts";
import { eventually } from "../lab/ovs.ts";
import { TestPod } from "../lab/pod.ts";
import { ipIn } from "../lab/run.ts";
import { BRIDGE } from "./chassis.ts";
import { type CNI, type Nic, ovnKubernetes } from "./cnis.ts";
import { addressesOf, gatewayOf, type LogicalPort, macOf, type SwitchName } from "./topology.ts";

export interface PodSpec {
  /** Of the Pod, and of its interface in Open vSwitch. */
  readonly name: string;
  readonly chassis: 0 | 1;
  readonly on: SwitchName;
  /** `default` if absent. */
  readonly namespace?: string;
  /** How it is marked: as by OVN-Kubernetes if absent. */
  readonly cni?: CNI;
  /** This is a second interface of the Pod `of`, in a network of this name. */
  readonly secondary?: { readonly of: string; readonly network: string };
  /** Without addresses, as in a network that gives none. */
  readonly addressless?: boolean;
}

type Texts = Readonly<Record<string, string>>;

/** A UID that follows from the Pod's name. */
function uidOf(name: string): string {
  const digits = [...new TextEncoder().encode(name)].map((byte) => byte.toString(16)).join("");
  return `00000000-0000-4000-8000-${digits.slice(0, 12).padStart(12, "0")}`;
}

export class OvnPod {
  #pod: TestPod | undefined;

  private constructor(
    readonly spec: PodSpec,
    readonly nic: Nic,
    /** Its addresses in the network, with prefix lengths. */
    readonly ips: readonly string[],
  ) {}

  /** @param number The end of its addresses. */
  static of(spec: PodSpec, number: number): OvnPod {
    const { name, on, namespace = "default", secondary, addressless = false } = spec;
    const ips = addressesOf(on, number);
    const pod = secondary?.of ?? name;
    const nic = {
      namespace,
      pod,
      uid: uidOf(pod),
      mac: macOf(ips[0].split("/")[0]!),
      ips: addressless ? [] : ips,
      network: secondary?.network,
    };
    return new OvnPod(spec, nic, ips);
  }

  get cni(): CNI {
    return this.spec.cni ?? ovnKubernetes;
  }

  /** Its namespace and device. */
  get pod(): TestPod {
    if (!this.#pod) throw new Error(`Cannot use Pod "${this.spec.name}": it is not attached`);
    return this.#pod;
  }

  get logicalPort(): LogicalPort {
    const { nic, cni, ips, spec: { on } } = this;
    return { name: cni.portOf(nic), on, mac: nic.mac, ips, version: cni.versionOf(nic) };
  }

  /** The names and values that its CNI writes into `external_ids` of the Interface. */
  get externalIDs(): Texts {
    return this.cni.externalIDs(this.nic);
  }

  /** Makes its namespace and its interface on OVN's bridge. */
  async attach(ovs: PrivateOvs): Promise<void> {
    const { spec: { name, on }, nic: { mac }, ips } = this;
    const pod = await TestPod.attach(ovs, name, { bridge: BRIDGE, mac, ips });
    this.#pod = pod;
    for (const router of gatewayOf(on).ips) {
      await ipIn(pod.netns, "route", "add", "default", "via", router, "dev", pod.device);
    }
    const columns = Object.entries(this.externalIDs)
      .map(([key, value]) => `external_ids:${key}="${value}"`);
    await ovs.vsctl("set", "interface", name, ...columns);
  }

  /** Waits until ovn-controller has made the flows of its interface. */
  async installed(): Promise<void> {
    const { ovs, name } = this.pod;
    const get = ["--if-exists", "get", "interface", name, "external_ids:ovn-installed"];
    await eventually(
      `ovn-installed of "${name}"`,
      async () => (await ovs.vsctl(...get)).trim() === '"true"',
    );
  }

  /** The Pod as an object of the API. */
  object(labels: Texts, annotations: Texts = {}): object {
    const { namespace, pod: name, uid, ips } = this.nic;
    return {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name,
        namespace,
        uid,
        labels,
        annotations: { ...this.cni.annotations(this.nic), ...annotations },
      },
      status: { podIPs: ips.map((ip) => ({ ip: ip.split("/")[0] })) },
    };
  }
}
