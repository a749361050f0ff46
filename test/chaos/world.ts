/**
 * Two switches with the same owner, Pods and devices. Sluice runs on one of them, with its state and its manifests on
 * small disks, and reaches that switch through proxies. The other switch shows what the first must have beside Sluice's.
 * @module
 */
import { join } from "node:path";
import { podObject, TestAgent } from "../lab/agent.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { introduce, TestPod } from "../lab/pod.ts";
import { ipIn } from "../lab/run.ts";
import { type Collector, collector } from "../lab/tunnel.ts";
import { apply, remembered } from "../ownership/apply.ts";
import { type Batch, BRIDGES, newBatch } from "../ownership/batch.ts";
import { Disk } from "./disk.ts";
import type { Expected } from "./expected.ts";
import { COLLECTOR, podAddresses, podMac } from "./furniture.ts";
import { type PluginFiles, pluginsOption, PREFIXES, writePlugins } from "./plugin_files.ts";
import { jsonFraming, openflowFraming, Proxy } from "./proxy.ts";
import { SecondAgent } from "./second.ts";
import { Watch } from "./watch.ts";

const INITIAL_PLUGINS: PluginFiles = { prefix: PREFIXES[0] };
/** Milliseconds until an agent has loaded its plugin files, also if one of them hangs. */
const START_TIMEOUT = 60_000;

type Process = "agent" | "ovs-vswitchd" | "ovsdb-server";

export class World implements AsyncDisposable {
  readonly pods = new Map<string, TestPod>();
  readonly second: SecondAgent;
  readonly proxies: Readonly<Record<"database" | "openflow", Proxy>>;
  #flows: Batch["flows"] | undefined;
  readonly #lent = new Set<string>();
  #plugins = INITIAL_PLUGINS;

  private constructor(
    readonly ovs: PrivateOvs,
    readonly shadow: PrivateOvs,
    readonly disks: { readonly state: Disk; readonly manifests: Disk },
    readonly collector: Collector,
    readonly agent: TestAgent,
    readonly watch: Watch,
  ) {
    this.proxies = proxiesOf(ovs);
    this.second = new SecondAgent(ovs);
  }

  /** Starts the switches with the Pods and devices that are expected, and an agent. */
  static async start(expected: Expected): Promise<World> {
    const options = { bridges: BRIDGES };
    const [ovs, shadow] = await Promise.all([PrivateOvs.start(options), PrivateOvs.start(options)]);
    const disks = {
      state: await Disk.mount(join(ovs.dir, "state")),
      manifests: await Disk.mount(join(ovs.dir, "manifests")),
    };
    const [at] = await Promise.all([ovs, shadow].map((each) => collector(each, [COLLECTOR])));
    const sockets = ["--ovsdb", `unix:${databaseSocket(ovs)}`];
    sockets.push("--openflow", `unix:${bridgeSocket(ovs)}`);
    await writePlugins(ovs, INITIAL_PLUGINS);
    const agent = await TestAgent.start(ovs, [...sockets, ...pluginsOption(ovs)]);
    const world = new World(ovs, shadow, disks, at!, agent, new Watch(agent));
    try {
      await world.#furnish(expected);
      return world;
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #furnish(expected: Expected): Promise<void> {
    for (const [name, { ofport, labels }] of expected.pods) {
      const options = { mac: podMac(name), ips: podAddresses(name), ofport: ofport! };
      const [pod] = await Promise.all(
        [this.ovs, this.shadow].map((ovs) => TestPod.attach(ovs, name, options)),
      );
      this.pods.set(name, pod!);
      await this.writePod(name, labels!);
    }
    await introduce(...this.pods.values());
    for (const name of expected.devices) await this.addDevice(name);
    for (const [name, { ofport }] of expected.lent) await this.addLent(name, ofport);
  }

  // --- Files ---

  async writeObject(name: string, object: object): Promise<void> {
    const file = join(this.agent.manifests, `${name}.json`);
    await Deno.writeTextFile(`${file}.new`, JSON.stringify(object));
    await Deno.rename(`${file}.new`, file);
  }
  /** Overwrites the file, as a shell does. */
  writeInPlace(name: string, text: string): Promise<void> {
    return Deno.writeTextFile(join(this.agent.manifests, `${name}.json`), text);
  }
  writePod(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
    return this.writeObject(name, podObject(this.pods.get(name)!, labels));
  }
  async deleteFile(name: string): Promise<void> {
    await Deno.remove(join(this.agent.manifests, `${name}.json`)).catch(() => {});
  }

  // --- Devices: veth devices, whose other ends are where sensors would be ---

  async addDevice(name: string): Promise<void> {
    const { netns } = this.ovs;
    const far = `${name}-x`;
    await ipIn(netns, "link", "add", "name", name, "type", "veth", "peer", "name", far)
      .catch(() => {}); // a replayed list may add it twice
    for (const end of [name, far]) await ipIn(netns, "link", "set", "dev", end, "up");
  }
  async deleteDevice(name: string): Promise<void> {
    await ipIn(this.ovs.netns, "link", "del", name).catch(() => {});
  }

  // --- The owner ---

  /** Runs commands of ovs-vsctl on both switches, as one transaction. */
  async onBoth(...commands: readonly (readonly string[])[]): Promise<void> {
    const args = commands.flatMap((command) => ["--", ...command]).slice(1);
    await Promise.all([this.ovs, this.shadow].map((ovs) => ovs.vsctl(...args)));
  }

  /** Adds an internal port of the owner that TrafficControls may name. */
  async addLent(name: string, ofport: number): Promise<void> {
    await this.onBoth(
      ["--may-exist", "add-port", "br0", name],
      ["set", "interface", name, "type=internal", `ofport_request=${ofport}`],
    );
    this.#lent.add(name);
    await this.#liftLent();
  }
  async renumberLent(name: string, ofport: number): Promise<void> {
    await this.onBoth(["--if-exists", "set", "interface", name, `ofport_request=${ofport}`]);
    await this.#liftLent();
  }
  async deleteLent(name: string): Promise<void> {
    await this.onBoth(["--if-exists", "del-port", name]);
    this.#lent.delete(name);
  }
  /** Sets the devices up: Open vSwitch makes them anew when it starts, and for another number. */
  async #liftLent(): Promise<void> {
    for (const name of this.#lent) {
      for (const { netns } of [this.ovs, this.shadow]) {
        const up = () =>
          ipIn(netns, "link", "set", "dev", name, "up").then(() => true, () => false);
        await eventually(`device ${name}`, up);
      }
    }
  }

  async flowsOnBoth(lines: readonly string[]): Promise<void> {
    const batch: Batch = { ...newBatch(), flows: { br0: [...lines], br1: [] } };
    await Promise.all([this.ovs, this.shadow].map((ovs) => apply(ovs, batch)));
  }

  /** Keeps what the owner has, to write it again with `restoreFlows()`. */
  async rememberFlows(): Promise<void> {
    this.#flows = await remembered(this.shadow);
  }
  async restoreFlows(): Promise<void> {
    const batch: Batch = { ...newBatch(), flows: this.#flows! };
    await Promise.all([this.ovs, this.shadow].map(async (ovs) => {
      for (const bridge of BRIDGES) {
        await eventually(
          bridge,
          () => ovs.ofctl("del-flows", bridge).then(() => true, () => false),
        );
        await ovs.ofctl("del-groups", bridge);
      }
      await apply(ovs, batch);
    }));
  }
  /** Deletes all flows and groups of both switches, and writes those of the owner again. */
  async wipe(): Promise<void> {
    await this.rememberFlows();
    await this.restoreFlows();
  }

  // --- Plugin files ---

  /** Changes the plugin files, and tells the agents that run. */
  async loadPlugins(change: Partial<PluginFiles>): Promise<void> {
    this.#plugins = { ...this.#plugins, ...change };
    await writePlugins(this.ovs, this.#plugins);
    for (const agent of [this.agent, ...(this.second.runs ? [this.second] : [])]) {
      const hasStarted = () => agent.log.some((line) => line.includes(" Agent started "));
      await eventually("the agent's start", hasStarted, START_TIMEOUT);
      await agent.reload();
    }
  }

  // --- Processes ---

  async killAgent(): Promise<void> {
    await this.watch.look();
    await this.agent.kill();
  }
  async stopAgent(): Promise<void> {
    await eventually("a line of the log", () => this.agent.log.length > 0);
    await this.watch.look();
    await this.agent.stop();
  }
  startAgent(): void {
    this.agent.startAgain();
  }

  async killSwitch(): Promise<void> {
    await this.rememberFlows();
    await this.ovs.killVswitchd();
  }
  /** Both switches lose all flows by that. */
  async startSwitch(): Promise<void> {
    await this.shadow.killVswitchd();
    await Promise.all([this.ovs, this.shadow].map(async (ovs) => {
      await ovs.startVswitchd();
      await ovs.appctl("tnl/neigh/set", "br-phy", COLLECTOR, this.collector.mac);
    }));
    await this.restoreFlows();
    await this.#liftLent();
  }

  async signal(process: Process, signal: Deno.Signal): Promise<void> {
    if (process === "agent") return Deno.kill(this.agent.pid, signal);
    Deno.kill(Number(await Deno.readTextFile(join(this.ovs.dir, `${process}.pid`))), signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.agent.kill().catch(() => {});
    if (this.second.runs) await this.second.kill().catch(() => {});
    for (const proxy of Object.values(this.proxies)) await proxy[Symbol.asyncDispose]();
    for (const disk of Object.values(this.disks)) await disk[Symbol.asyncDispose]();
    await Promise.all([this.ovs, this.shadow].map((ovs) => ovs.stop()));
  }
}

const databaseSocket = ({ dir }: PrivateOvs) => join(dir, "proxy-db.sock");
const bridgeSocket = ({ dir }: PrivateOvs) => join(dir, "proxy-br0.sock");

function proxiesOf(ovs: PrivateOvs) {
  return {
    database: Proxy.start(databaseSocket(ovs), join(ovs.dir, "db.sock"), jsonFraming),
    openflow: Proxy.start(bridgeSocket(ovs), join(ovs.dir, "br0.mgmt"), openflowFraming),
  };
}
