/**
 * Probes sensors over a connection to the switch, and tells changes of their verdicts. It waits only for its own
 * times, however slow its callers are.
 * @module
 */
import { NotConnectedError } from "../base/errors.ts";
import { after, type Timer } from "../base/timer.ts";
import { PROBE_MACS, type ProbedSensor } from "../contracts/mod.ts";
import {
  type AsyncMessage,
  match,
  type OpenFlowClient,
  type PacketIn,
  type PacketOut,
  type PortStatus,
} from "../openflow/mod.ts";
import { Links } from "./links.ts";
import { NONCE_BYTES, probeKey, readProbe, writeProbe } from "./probe_packet.ts";
import { BATCH, phaseOf, SLOT } from "./schedule.ts";
import { SensorHealth } from "./sensor_health.ts";
import { readReturned } from "./slow_witness.ts";
import type { Verdict } from "./verdict.ts";

/** What the prober needs of a connection. The connection must have Sluice's controller ID. */
export type ProbeSwitch = Pick<
  OpenFlowClient,
  "postPackets" | "echo" | "portStats" | "portDescriptions" | "dumpFlows" | "flowTotals"
>;

/** What is known of a sensor. */
export interface SensorReport {
  readonly id: string;
  readonly verdict: Verdict;
  /** Milliseconds that the last answer took; absent before the first one. */
  readonly roundTrip?: number;
}

export interface ProberOptions {
  /** Gets each change of a sensor's state, at once. */
  readonly onVerdict: (id: string, verdict: Verdict) => void;
  /** A clock that never goes back, in milliseconds. @default {performance.now} */
  readonly now?: () => number;
}

const SECOND = 1000;

interface Probed {
  readonly sensor: ProbedSensor;
  readonly health: SensorHealth;
  /** The number of probes so far. */
  probes: number;
}

interface Link {
  readonly client: ProbeSwitch;
  readonly links: Links;
}

const probingKey = ({ target, return: back, settings }: ProbedSensor) =>
  JSON.stringify([target, back, Object.entries(settings).toSorted()]);

/** For how many milliseconds the bridge has had flows that take the probes of a sensor in both directions; 0 without. */
async function takenFor(client: ProbeSwitch, { return: back }: ProbedSensor): Promise<number> {
  const { source, destination } = PROBE_MACS;
  const ends = [[source, destination], [destination, source]] as const;
  const ages = ends.map(async ([from, to]) => {
    const fields = { in_port: back, eth_src: from, eth_dst: to };
    const flows = await client.dumpFlows({ table: 0, match: match(fields) }).catch(() => []);
    return Math.max(0, ...flows.map(({ durationSeconds }) => durationSeconds * SECOND));
  });
  return Math.min(...await Promise.all(ages));
}

export class Prober implements Disposable {
  readonly #options: ProberOptions;
  readonly #now: () => number;
  #sensors: ReadonlyMap<string, Probed> = new Map();
  #byReturn: ReadonlyMap<number, readonly Probed[]> = new Map();
  #made = 0;
  #link: Link | undefined;
  #timer: Timer | undefined;
  #timerAt = Infinity;
  #nextBatch = -Infinity;

  constructor(options: ProberOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * Says which sensors there are. One that is new is probed from now on, one that is missing is not probed any more. One
   * whose ports or settings have changed keeps its state.
   */
  setSensors(sensors: readonly ProbedSensor[]): void {
    this.#sensors = new Map(sensors.map((sensor) => [sensor.id, this.#probed(sensor)]));
    this.#byReturn = Map.groupBy(this.#sensors.values(), ({ sensor }) => sensor.return);
    this.#armAll();
  }

  #probed(sensor: ProbedSensor): Probed {
    const known = this.#sensors.get(sensor.id);
    if (known && probingKey(known.sensor) === probingKey(sensor)) return known;
    const state = known?.health.verdict.state ?? sensor.state ?? "unknown";
    const phase = phaseOf(this.#made++);
    const { settings } = sensor;
    const health = new SensorHealth({ settings, phase, now: this.#now(), state });
    return { sensor, health, probes: 0 };
  }

  /** What is known of each sensor. */
  reports(): SensorReport[] {
    return Array.from(
      this.#sensors.values(),
      ({ sensor: { id }, health: { verdict, roundTrip } }) => ({
        id,
        verdict,
        ...(roundTrip !== undefined && { roundTrip }),
      }),
    );
  }

  /** There is a connection: probing begins. */
  connected(client: ProbeSwitch): void {
    this.disconnected();
    const link = { client, links: new Links() };
    this.#link = link;
    client.portDescriptions().then((ports) => link.links.begin(ports), () => {});
    this.#armAll();
  }

  /** The connection is lost: what is out will not be answered, and the verdicts stay. */
  disconnected(): void {
    this.#link = undefined;
    for (const { health } of this.#sensors.values()) health.disconnected();
    this.#stopTimer();
  }

  [Symbol.dispose](): void {
    this.#sensors = new Map();
    this.#byReturn = new Map();
    this.disconnected();
  }

  /** Takes a message that the switch has sent without a request. */
  take(message: AsyncMessage): void {
    if (message.type === "packet_in") this.#takePacket(message);
    if (message.type === "port_status") this.#takeStatus(message);
  }

  #takePacket({ match: known, data }: PacketIn): void {
    const port = Number(known.in_port?.value ?? -1n);
    for (const probed of this.#byReturn.get(port) ?? []) {
      const key = readProbe(data, probed.sensor.settings);
      if (key) this.#change(probed, (health, now) => void health.answered(key, now));
    }
  }

  #takeStatus(status: PortStatus): void {
    if (!this.#link?.links.take(status)) return;
    const { number, name } = status.port;
    for (const probed of this.#sensors.values()) {
      const { target, return: back } = probed.sensor;
      if (![target, back].includes(number)) continue;
      this.#change(probed, (health, now) => health.linkLost(`port "${name}"`, now));
    }
  }

  /** Gives an input to a sensor, and tells what it changes. */
  #change(probed: Probed, input: (health: SensorHealth, now: number) => void): void {
    const { sensor: { id }, health } = probed;
    if (this.#sensors.get(id) !== probed) return; // it has been removed meanwhile
    const before = health.verdict.state;
    input(health, this.#now());
    const { verdict } = health;
    if (verdict.state !== before) this.#options.onVerdict(id, verdict);
    this.#arm(probed);
  }

  /** Wakes up when there is something to do for the sensor. */
  #arm({ health }: Probed): void {
    const at = Math.min(health.countersDueAt(), Math.max(health.probeDueAt(), this.#nextBatch));
    if (at >= this.#timerAt || !this.#link) return;
    this.#stopTimer();
    const now = this.#now();
    this.#timerAt = Math.max(at, now);
    this.#timer = after(this.#timerAt - now, () => this.#wake());
  }

  #armAll(): void {
    for (const probed of this.#sensors.values()) this.#arm(probed);
  }

  #stopTimer(): void {
    this.#timer?.stop();
    this.#timerAt = Infinity;
  }

  #wake(): void {
    const now = this.#now();
    const late = now - this.#timerAt;
    this.#timerAt = Infinity;
    for (const { health, sensor } of this.#sensors.values()) {
      // This process was busy with something else. It may have lost answers, and it has looked too late.
      if (late > sensor.settings.timeout) health.voided();
    }
    const link = this.#link;
    if (!link) return;
    for (const probed of this.#sensors.values()) {
      if (probed.health.countersDueAt() <= now) void this.#readCounters(link, probed);
    }
    this.#sendBatch(link, now);
    this.#armAll();
  }

  /** Sends the probes that are due, and behind them an echo request: its answer says that they have been sent on. */
  #sendBatch(link: Link, now: number): void {
    if (now < this.#nextBatch) return;
    const due = [...this.#sensors.values()].filter(({ health }) => health.probeDueAt() <= now)
      .sort((a, b) => a.health.probeDueAt() - b.health.probeDueAt()).slice(0, BATCH);
    if (due.length === 0) return;
    this.#nextBatch = now + SLOT;
    const probes = due.map((probed) => this.#probe(probed));
    try {
      link.client.postPackets(probes.map(({ packet }) => packet));
    } catch (error) {
      if (!(error instanceof NotConnectedError)) throw error;
      return this.disconnected();
    }
    const guarded = () => {
      for (const [at, probed] of due.entries()) {
        this.#change(probed, (health, now) => health.guarded(probes[at]!.key, now));
      }
    };
    link.client.echo().then(guarded, () => {}); // without a connection, disconnected() is called
  }

  /** A probe into the target, by turns in both directions: a sensor that learns MACs passes only one of them. */
  #probe(probed: Probed): { readonly key: string; readonly packet: PacketOut } {
    const { sensor: { target, settings }, health } = probed;
    const direction = probed.probes % 2 === 0 ? "there" : "back";
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const sequence = Math.floor(probed.probes / 2);
    const data = writeProbe({ direction, nonce, sequence }, settings);
    probed.probes++;
    const key = probeKey({ direction, nonce });
    health.sent(key, this.#now());
    return { key, packet: { actions: [{ type: "output", port: target }], data } };
  }

  async #readCounters(link: Link, probed: Probed): Promise<void> {
    const { sensor, health } = probed;
    const { target, return: back } = sensor;
    const askedAt = this.#now();
    health.asked();
    const read = (port: number) => link.client.portStats(port).catch(() => undefined);
    const mayBeJudged = health.mayBeJudged(askedAt);
    const [into, from, taken, returned] = await Promise.all([
      read(target),
      read(back),
      mayBeJudged ? takenFor(link.client, sensor) : undefined,
      mayBeJudged ? readReturned(link.client, back) : undefined,
    ]);
    if (this.#link !== link) return;
    const counters = into && from && { into: into.txPackets, back: from.rxPackets };
    this.#change(
      probed,
      (_, now) => health.counted({ counters, askedAt, now, takenFor: taken, returned }),
    );
  }
}
