/** A chassis of OVN: a private Open vSwitch, an ovn-controller, and an end of the underlay. @module */
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { ipIn, run } from "../lab/run.ts";
import { Daemons } from "./daemons.ts";
import { environmentIn, type OvnPrograms } from "./programs.ts";

/** OVN's bridge. */
export const BRIDGE = "br-int";
/** The bridge through which tunnels leave, and its device. The userspace datapath needs one. */
const UNDERLAY = { bridge: "br-phy", device: "under0", mtu: "1600", prefix: 24 } as const;
const CONTROLLER = "ovn-controller";

export interface ChassisOptions {
  /** Its `system-id`. */
  readonly name: string;
  /** Its address in the underlay, to which the others send tunnelled packets. */
  readonly address: string;
  readonly programs: OvnPrograms;
}

/** The MAC that the underlay's bridge has, so that the others know it before any packet. */
const macOf = (address: string) =>
  ["02:00", ...address.split(".").map((byte) => Number(byte).toString(16).padStart(2, "0"))]
    .join(":");

export class Chassis {
  readonly #daemons: Daemons;
  /** Underlay address of the other chassis. */
  #peer: string | undefined;

  private constructor(readonly ovs: PrivateOvs, readonly options: ChassisOptions) {
    const env = { ...ovs.environment, ...environmentIn(ovs.dir, options.programs) };
    this.#daemons = new Daemons({ netns: ovs.netns, folder: ovs.dir, env });
  }

  get name(): string {
    return this.options.name;
  }
  /** The log of ovn-controller, which a restart goes on with. */
  get log(): string {
    return this.#daemons.log(CONTROLLER);
  }

  /** Starts the switch with OVN's bridge, and no ovn-controller. */
  static async start(options: ChassisOptions): Promise<Chassis> {
    const { programs: { switch: programs } } = options;
    const ovs = await PrivateOvs.start({
      bridges: [BRIDGE, UNDERLAY.bridge],
      forwarding: "none",
      ...(programs && { programs }),
    });
    try {
      // It forwards by itself, also after a restart of the switch.
      const mac = `other_config:hwaddr="${macOf(options.address)}"`;
      await ovs.vsctl("set", "bridge", UNDERLAY.bridge, "fail_mode=standalone", mac);
      return new Chassis(ovs, options);
    } catch (error) {
      await ovs.stop();
      throw error;
    }
  }

  /** Connects two chassis. */
  static async connect(one: Chassis, other: Chassis): Promise<void> {
    const { device, mtu } = UNDERLAY;
    const near = ["link", "add", "name", device, "mtu", mtu, "type", "veth"];
    const far = ["peer", "name", device, "mtu", mtu, "netns", other.ovs.netns];
    await ipIn(one.ovs.netns, ...near, ...far);
    await Promise.all([one.#attachUnderlay(other), other.#attachUnderlay(one)]);
  }

  async #attachUnderlay(peer: Chassis): Promise<void> {
    const { bridge, device } = UNDERLAY;
    this.#peer = peer.options.address;
    await ipIn(this.ovs.netns, "link", "set", "dev", device, "up");
    await this.ovs.vsctl("add-port", bridge, device);
    await this.#addAddress();
  }

  /** A switch that starts again has forgotten the other's MAC. Until it has asked for it, it would drop what goes there. */
  async #addAddress(): Promise<void> {
    const { bridge, prefix } = UNDERLAY;
    const address = `${this.options.address}/${prefix}`;
    await ipIn(this.ovs.netns, "addr", "replace", address, "dev", bridge);
    await ipIn(this.ovs.netns, "link", "set", "dev", bridge, "up");
    if (!this.#peer) return;
    await this.ovs.appctl("tnl/neigh/set", bridge, this.#peer, macOf(this.#peer));
  }

  /** Tells ovn-controller where it is, and starts it. @param remote Address of the southbound database. */
  async join(remote: string): Promise<void> {
    const { name, address } = this.options;
    const ids = {
      "system-id": name,
      hostname: name,
      "ovn-remote": `"${remote}"`,
      "ovn-encap-type": "geneve",
      "ovn-encap-ip": address,
      "ovn-bridge": BRIDGE,
      "ovn-bridge-datapath-type": "netdev",
    };
    const columns = Object.entries(ids).map(([key, value]) => `external_ids:${key}=${value}`);
    await this.ovs.vsctl("set", "open_vswitch", ".", ...columns);
    await this.startController();
  }

  /** Starts ovn-controller, and waits until it answers. */
  async startController(): Promise<void> {
    this.#daemons.start(CONTROLLER, [CONTROLLER, this.ovs.db]);
    await eventually(
      "ovn-controller's control socket",
      () => this.controller("version").then(() => true, () => false),
    );
  }

  /** Kills ovn-controller. Its flows stay. */
  killController(by: Deno.Signal = "SIGKILL"): Promise<void> {
    return this.#daemons.end(CONTROLLER, by);
  }
  /** Ends ovn-controller as a service manager does: with `--restart` it leaves all as it is for the next one. */
  async exitController(...args: readonly "--restart"[]): Promise<void> {
    await this.controller("exit", ...args);
    await this.#daemons.end(CONTROLLER, "nothing");
  }
  /** Has ovn-controller compute all flows anew. */
  async recompute(): Promise<void> {
    await this.controller("inc-engine/recompute");
  }
  /** Sends a command to ovn-controller: ovn-controller(8), "Runtime management commands". */
  controller(...args: readonly string[]): Promise<string> {
    const { env } = this.#daemons.home;
    return run("ovn-appctl", ["--timeout=5", "-t", CONTROLLER, ...args], { env: { ...env } });
  }

  /** Kills ovs-vswitchd. */
  killSwitch(by: Deno.Signal = "SIGKILL"): Promise<void> {
    return this.ovs.killVswitchd(by);
  }
  /**
   * Starts ovs-vswitchd again, and mends the underlay. When it returns, ovn-controller has begun to write its flows: one
   * that is not connected says of every change that it is done.
   */
  async startSwitch(): Promise<void> {
    await this.ovs.startVswitchd();
    await this.#addAddress();
    if (!this.#daemons.isRunning(CONTROLLER)) return;
    await eventually(
      "OVN's flows",
      async () => /priority=/.test(await this.ovs.ofctl("dump-flows", BRIDGE)),
    );
  }

  /** Ends all its processes, and removes its namespaces. */
  async stop(): Promise<void> {
    try {
      await this.#daemons.endAll();
    } finally {
      await this.ovs.stop();
    }
  }
}
