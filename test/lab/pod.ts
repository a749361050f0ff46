/** A Pod of a test: a network namespace with one interface on a bridge. @module */
import type { PrivateOvs } from "./ovs.ts";
import { ipIn, run } from "./run.ts";

export interface PodOptions {
  readonly mac?: string;
  /** With prefix lengths. */
  readonly ips?: readonly string[];
  readonly bridge?: string;
  readonly ofport?: number;
  /** VLAN of an access port. */
  readonly vlan?: number;
}

/** Seconds. */
const ANSWER_TIMEOUT = 3;

let count = 0;

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

  /** @param name Of the OVS port, too. */
  static async attach(ovs: PrivateOvs, name: string, options: PodOptions): Promise<TestPod> {
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
    // The userspace datapath does not fill in checksums that a veth leaves open.
    await run("ip", ["netns", "exec", netns, "ethtool", "-K", "eth0", "tx", "off"]);
    for (const ip of pod.ips) {
      await ipIn(netns, "addr", "add", ip, "dev", "eth0", ...(ip.includes(":") ? ["nodad"] : []));
    }
    await ipIn(netns, "link", "set", "eth0", "up");
    await ipIn(ovs.netns, "link", "set", "dev", name, "up");
    const { ofport, vlan, bridge = "br0" } = options;
    await ovs.vsctl(
      "add-port",
      bridge,
      name,
      ...(vlan === undefined ? [] : [`tag=${vlan}`]),
      ...(ofport === undefined ? [] : ["--", "set", "interface", name, `ofport_request=${ofport}`]),
    );
    return pod;
  }

  /** Its address of a family, without the prefix length. */
  ip(version: 4 | 6 = 4): string {
    const found = this.ips.find((ip) => ip.includes(":") === (version === 6));
    return found!.split("/")[0]!;
  }

  /** Tells it the others' MACs, so that neither ARP nor neighbour discovery is in the counts. */
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

  exec(command: string, ...args: string[]): Promise<string> {
    return run("ip", ["netns", "exec", this.netns, command, ...args]);
  }

  /**
   * Programs that send one request each, at the same time: after an answer, ping(8) waits for others hardly any longer
   * than that answer took.
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

  /** As a Pod's deletion does it: the port, then the namespace with the interface. */
  async remove(): Promise<void> {
    await this.ovs.vsctl("del-port", this.name);
    await this.ovs.removeNamespace(this.netns);
  }
}

const hex = (byte: number) => byte.toString(16).padStart(2, "0");

/** All know each other. */
export async function introduce(...pods: readonly TestPod[]): Promise<void> {
  for (const pod of pods) await pod.knows(...pods.filter((other) => other !== pod));
}
