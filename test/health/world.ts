/** A bridge with one sensor and the flows of its probes, written by hand. @module */
import { CONTROLLER_ID } from "../../core/base/marks.ts";
import type { Log } from "../../core/base/log.ts";
import {
  DEFAULT_PROBE,
  PROBE_MACS,
  type ProbedSensor,
  type ProbeSettings,
} from "../../core/contracts/mod.ts";
import { HealthProbes } from "../../core/health/health_probes.ts";
import type { SensorState, Verdict } from "../../core/health/verdict.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { ipIn } from "../lab/run.ts";
import { devicePair } from "../lab/wire.ts";

export const TARGET = 11;
export const RETURN = 12;
/** The Linux bridge that is the sensor, and its port on the side of the target. */
const WIRE = "w-vin-x";
export const INNER = "vin-x";
export const OUTER = "vout-x";

const QUIET: Log = { debug() {}, info() {}, warning() {}, error() {} };

/** The flows that take probes, in both directions, out of the traffic that comes back. */
function probeFlows({ protocol, sourceIP, destinationIP }: ProbeSettings): string[] {
  const { source, destination } = PROBE_MACS;
  const there = `dl_src=${source},dl_dst=${destination},nw_src=${sourceIP},nw_dst=${destinationIP}`;
  const back = `dl_src=${destination},dl_dst=${source},nw_src=${destinationIP},nw_dst=${sourceIP}`;
  const type = protocol === "UDP" ? "udp" : "icmp";
  return [there, back].map((ends) =>
    `table=0,priority=65535,${type},in_port=${RETURN},${ends},` +
    `actions=controller(max_len=128,id=${CONTROLLER_ID})`
  );
}

async function addFlows(ovs: PrivateOvs, settings: ProbeSettings): Promise<void> {
  const drops = [TARGET, RETURN].map((port) =>
    `table=0,priority=65533,in_port=${port},actions=drop`
  );
  const returned = `table=0,priority=65534,ip,in_port=${RETURN},actions=drop`;
  const returned6 = `table=0,priority=65534,ipv6,in_port=${RETURN},actions=drop`;
  for (const flow of [...drops, returned, returned6, ...probeFlows(settings)]) {
    await ovs.ofctl("add-flow", "br0", flow);
  }
}

export interface WorldOptions {
  readonly settings?: Partial<ProbeSettings>;
  /** What was known of the sensor before. */
  readonly state?: SensorState;
  /** Whether a Linux bridge connects the sensor's two sides. @default {true} */
  readonly wired?: boolean;
}

/** A sensor and its prober. */
export class World implements AsyncDisposable {
  /** The states that the prober has told, in their order. */
  readonly states: SensorState[] = [];
  readonly verdicts: Verdict[] = [];
  readonly probes: HealthProbes;
  readonly #end = new AbortController();
  readonly #running: Promise<void>;

  private constructor(readonly ovs: PrivateOvs, readonly sensor: ProbedSensor) {
    this.probes = new HealthProbes({
      address: ovs.mgmt(),
      bridge: "br0",
      log: QUIET,
      onVerdict: (_id, verdict) => {
        this.verdicts.push(verdict);
        this.states.push(verdict.state);
      },
    });
    this.#running = this.probes.run(this.#end.signal);
    this.probes.setSensors([sensor]);
  }

  static async start({ settings = {}, state, wired = true }: WorldOptions = {}): Promise<World> {
    const ovs = await PrivateOvs.start();
    try {
      await devicePair(ovs, ["vin", "vout"]);
      if (!wired) await ipIn(ovs.netns, "link", "del", WIRE);
      for (const [name, number] of [["vin", TARGET], ["vout", RETURN]] as const) {
        const port = ["add-port", "br0", name, "--", "set", "Interface", name];
        await ovs.vsctl(...port, `ofport_request=${number}`);
      }
      const all = { ...DEFAULT_PROBE, ...settings };
      await addFlows(ovs, all);
      const ports = { target: TARGET, return: RETURN };
      return new World(ovs, { id: "sensor", ...ports, settings: all, ...(state && { state }) });
    } catch (error) {
      await ovs.stop();
      throw error;
    }
  }

  /** Adds the flows again, after the switch has lost them. */
  addFlows(): Promise<void> {
    return addFlows(this.ovs, this.sensor.settings);
  }

  get state(): SensorState | undefined {
    return this.probes.reports()[0]?.verdict.state;
  }

  /** Waits for a state. @returns How long that took, in milliseconds. */
  async until(state: SensorState): Promise<number> {
    const begin = performance.now();
    await eventually(`the state "${state}"`, () => this.state === state);
    return performance.now() - begin;
  }

  /** Waits until so many more probes have been sent into the sensor. */
  async probed(count: number): Promise<void> {
    const { settings } = this.sensor;
    const begin = await this.sentInto();
    const most = count * settings.interval * 10 + 5000;
    const enough = async () => await this.sentInto() >= begin + count;
    await eventually(`${count} more probes`, enough, most);
  }

  /** How many packets the bridge has sent into the sensor. */
  async sentInto(): Promise<number> {
    const text = await this.ovs.ofctl("dump-ports", "br0", `${TARGET}`);
    return Number(/tx pkts=(\d+)/.exec(text)![1]);
  }

  /** Cuts the sensor's wire, or mends it; its ports keep their links. */
  async wire(state: "cut" | "whole"): Promise<void> {
    const number = state === "cut" ? "0" : "3"; // disabled, forwarding: bridge(8)
    await this.ovs.exec("bridge", "link", "set", "dev", INNER, "state", number);
  }

  /** Makes the sensor a bridge that learns MACs: it then drops every packet of the other direction. */
  async learn(): Promise<void> {
    await ipIn(this.ovs.netns, "link", "set", WIRE, "type", "bridge", "ageing_time", "30000");
    for (const port of [INNER, OUTER]) {
      await this.ovs.exec("bridge", "link", "set", "dev", port, "learning", "on");
    }
  }

  /** Sends a signal to ovs-vswitchd. */
  async signal(signal: Deno.Signal): Promise<void> {
    const text = await Deno.readTextFile(`${this.ovs.dir}/ovs-vswitchd.pid`);
    Deno.kill(Number(text), signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#running;
    await this.ovs.stop();
  }
}
