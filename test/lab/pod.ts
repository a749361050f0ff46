/** A Pod of a test: a network namespace with one interface on a bridge. @module */
import type { PrivateOvs } from "./ovs.ts";
import { ipIn, run } from "./run.ts";

export interface PodOptions {
  readonly mac?: string;
  /** Addresses with prefix lengths, for example `10.9.0.1/24`. */
  readonly ips?: readonly string[];
  readonly bridge?: string;
  /** The OpenFlow port number to ask for. */
  readonly ofport?: number;
  /** The VLAN of the Pod's port, which is an access port unless `vlanMode` says otherwise. */
  readonly vlan?: number;
  /** The `vlan_mode` of the Pod's port: ovs-vswitchd.conf.db(5). */
  readonly vlanMode?: string;
}

/** Seconds that one ping waits for its answer. */
const ANSWER_TIMEOUT = 3;

let count = 0;

/** A Pod: a network namespace with the device `eth0`, which is a veth device whose other end is a port of a bridge. */
export class TestPod {
  readonly netns: string;
  readonly device = "eth0";

  private constructor(
    readonly ovs: PrivateOvs,
    readonly name: string,
    readonly mac: string,
    readonly ips: readonly string[],
  ) {
    this.netns = `${ovs.netns}-${name}`;
  }

  /** Makes a Pod. @param name Name of the Pod and of its port. */
  static async attach(ovs: PrivateOvs, name: string, options: PodOptions = {}): Promise<TestPod> {
    const number = ++count;
    const mac = options.mac ?? `02:aa:00:00:${hex(number >> 8)}:${hex(number & 0xff)}`;
    const pod = new TestPod(ovs, name, mac, options.ips ?? []);
    const { netns } = pod;
    await ovs.addNamespace(netns);
    await ipIn(
      ovs.netns,
      "link",
      "add",
      "name",
      name,
      "type",
      "veth",
      "peer",
      "name",
      "eth0",
      "netns",
      netns,
    );
    await ipIn(netns, "link", "set", "eth0", "address", mac);
    // A veth device does not compute checksums, and neither does the userspace datapath.
    await run("ip", ["netns", "exec", netns, "ethtool", "-K", "eth0", "tx", "off"]);
    for (const ip of pod.ips) {
      await ipIn(netns, "addr", "add", ip, "dev", "eth0", ...(ip.includes(":") ? ["nodad"] : []));
    }
    await ipIn(netns, "link", "set", "eth0", "up");
    await ipIn(ovs.netns, "link", "set", "dev", name, "up");
    const { ofport, vlan, vlanMode, bridge = "br0" } = options;
    await ovs.vsctl(
      "add-port",
      bridge,
      name,
      ...(vlan === undefined ? [] : [`tag=${vlan}`]),
      ...(vlanMode === undefined ? [] : [`vlan_mode=${vlanMode}`]),
      ...(ofport === undefined ? [] : ["--", "set", "interface", name, `ofport_request=${ofport}`]),
    );
    return pod;
  }

  /** The Pod's first IPv4 or IPv6 address, without the prefix length. */
  ip(version: 4 | 6 = 4): string {
    const found = this.ips.find((ip) => ip.includes(":") === (version === 6));
    return found!.split("/")[0]!;
  }

  /** Gives the Pod the MACs of other Pods, so that it sends neither ARP nor neighbour discovery. */
  async knows(...others: readonly { mac: string; ips: readonly string[] }[]): Promise<void> {
    for (const { mac, ips } of others) {
      for (const ip of ips) {
        await ipIn(
          this.netns,
          "neigh",
          "replace",
          ip.split("/")[0]!,
          "lladdr",
          mac,
          "dev",
          "eth0",
          "nud",
          "permanent",
        );
      }
    }
  }

  /** Runs a command in the Pod's namespace. */
  exec(command: string, ...args: string[]): Promise<string> {
    return run("ip", ["netns", "exec", this.netns, command, ...args]);
  }

  /**
   * Pings an address, by one program for each request, all at the same time: a single ping(8) that has had one answer
   * waits for the others hardly any longer than that answer took.
   *
   * @param more Options of ping(8).
   * @returns How many answers came, of how many.
   */
  async ping(
    address: string,
    count = 5,
    ...more: readonly string[]
  ): Promise<{ sent: number; received: number }> {
    const ping = `ping -n -q -c 1 -W ${ANSWER_TIMEOUT} "$@" &`;
    const script = `${ping}\n`.repeat(count) + "wait";
    const text = await this.exec("sh", "-c", script, "sh", ...more, address);
    const all = [...text.matchAll(/(\d+) packets transmitted, (\d+)/g)];
    const sum = (at: 1 | 2) => all.reduce((sum, found) => sum + Number(found[at]), 0);
    return { sent: sum(1), received: sum(2) };
  }

  /** Removes the Pod as a CNI does it: first the port, then the namespace with the device. */
  async remove(): Promise<void> {
    await this.ovs.vsctl("del-port", this.name);
    await this.ovs.removeNamespace(this.netns);
  }
}

const hex = (byte: number) => byte.toString(16).padStart(2, "0");

/** Gives each Pod the MACs of all others. */
export async function introduce(...pods: readonly TestPod[]): Promise<void> {
  for (const pod of pods) await pod.knows(...pods.filter((other) => other !== pod));
}
