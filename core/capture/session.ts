/** One session of `sluice capture`: what its client reads, from the first block to the last. @module */
import type { Log } from "../base/log.ts";
import { after, type Timer } from "../base/timer.ts";
import type { Registries } from "../contracts/registry.ts";
import type { PacketDirection } from "../contracts/mod.ts";
import type { PacketIn } from "../openflow/mod.ts";
import type { CaptureSession } from "../model/captured.ts";
import { askedOf } from "./asked.ts";
import { Interfaces } from "./interfaces.ts";
import { enhancedPacket, sectionHeader } from "./pcapng.ts";
import { CaptureRefused, type CaptureRequest, targetText, WHOLE } from "./request.ts";
import { type CaptureBridge, type CaptureLimits, type PacketCounts, Tap } from "./tap.ts";

export interface SessionOptions {
  readonly request: CaptureRequest;
  readonly place: number;
  readonly bridges: readonly CaptureBridge[];
  readonly registries: Registries;
  /** The program that writes, with its version. */
  readonly application: string;
  readonly limits: CaptureLimits;
  /** The agent ends. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Why a session ends, as its last blocks say it. */
export const ENDS = {
  client: "the client has ended it",
  count: "it has as many packets as were asked for",
  time: "its time is over",
  bytes: "it has as many bytes as a session may have",
  agent: "the agent ends",
} as const;

const DIRECTIONS: readonly PacketDirection[] = ["egress", "ingress"];
const MICROSECONDS = 1000;

/** The bytes at which the TrafficControl itself cuts packets. */
const cutOf = ({ control: { treatment } }: CaptureSession) =>
  treatment.copies?.[0]?.scope?.truncateBytes as number | undefined ?? WHOLE;

type Asked = readonly [CaptureBridge, CaptureSession];

export class Session {
  readonly #options: SessionOptions;
  /** What each bridge is asked for that has a Pod of the target. */
  readonly #asked: readonly Asked[];
  /** The most bytes of a packet that are kept: the switch sends all of them. */
  readonly #cut: number;
  readonly #taps: Tap[] = [];
  readonly #interfaces: Interfaces;
  /** Blocks that are not handed over yet. */
  #blocks: Uint8Array<ArrayBuffer>[] = [];
  #blockBytes = 0;
  #bytes = 0;
  #kept = 0;
  /** Packets of each direction that came when the session had ended already. */
  readonly #late = { egress: 0n, ingress: 0n };
  /** By how much the clock of the wall is before the monotonic one, in milliseconds: times in a capture go on evenly. */
  readonly #epoch = Date.now() - performance.now();
  #begin = 0n;
  #timer: Timer | undefined;
  readonly #agentEnds = () => void this.end("agent");
  readonly #ended = Promise.withResolvers<void>();
  #isEnding = false;
  /** Whether nothing more is kept. */
  #isFull = false;
  /** Whether nobody reads any more. */
  #isAlone = false;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  readonly body: ReadableStream<Uint8Array>;

  private constructor(options: SessionOptions) {
    this.#options = options;
    const { request: { target, snapLength } } = options;
    this.#asked = this.#askedBridges();
    this.#cut = Math.min(snapLength, ...this.#asked.map(([, asked]) => cutOf(asked)));
    const write = (block: Uint8Array<ArrayBuffer>) => this.#write(block);
    this.#interfaces = new Interfaces({
      target: targetText(target),
      snapLength: this.#cut,
      write,
    });
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: () => {
        this.#isAlone = true;
        void this.end("client");
      },
    }, new ByteLengthQueuingStrategy({ highWaterMark: options.limits.captureQueue }));
  }

  /** Resolves when packets are captured. @throws {CaptureRefused} If they cannot be. */
  static async begin(options: SessionOptions): Promise<Session> {
    const session = new Session(options); // throws before anything is to be undone
    try {
      await session.#open();
    } catch (error) {
      await Promise.all(session.#taps.map((tap) => tap.close()));
      throw error;
    }
    return session;
  }

  /** Resolves when nothing of the session is left in the switch. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  async #open(): Promise<void> {
    const { request, application, signal, log, place, limits } = this.#options;
    this.#write(sectionHeader(application));
    for (const [bridge, asked] of this.#asked) {
      const onPacket = (packet: PacketIn, tap: Tap) => this.#take(packet, tap);
      const onLost = ({ message }: Error) => void this.end(message);
      this.#taps.push(await Tap.open({ bridge, place, asked, onPacket, onLost, limits, signal }));
    }
    this.#begin = this.#now();
    const [[, { control: { directions } }]] = this.#asked as [Asked];
    const pods = new Set(this.#taps.flatMap(({ finder }) => finder.pods()));
    for (const pod of pods) {
      for (const direction of directions) this.#interfaces.of({ pod, direction });
    }
    this.#timer = after(request.duration, () => void this.end("time"));
    signal.addEventListener("abort", this.#agentEnds);
    log.info("Capture begun", { target: targetText(request.target), place });
  }

  /** The bridges that have a Pod of the target, and what each is asked for. @throws {CaptureRefused} If there is none. */
  #askedBridges(): Asked[] {
    const { bridges, registries, request, place } = this.#options;
    const refused: CaptureRefused[] = [];
    const found = bridges.flatMap((bridge): Asked[] => {
      try {
        return [[bridge, askedOf(request, { model: bridge.model, registries, place })]];
      } catch (error) {
        if (!(error instanceof CaptureRefused)) throw error;
        refused.push(error);
        return [];
      }
    });
    if (found.length === 0) throw refused[0]!;
    return found;
  }

  #now(): bigint {
    return BigInt(Math.round((this.#epoch + performance.now()) * MICROSECONDS));
  }

  #take(packet: PacketIn, { finder }: Tap): void {
    const found = finder.find(packet, performance.now());
    if (this.#isFull) {
      this.#late[found.direction]++;
      return;
    }
    // What is not kept is counted: the switch knows how many copies it has made
    if ((this.#controller.desiredSize ?? 0) - this.#blockBytes <= 0) return;
    const { request: { count = Infinity }, limits } = this.#options;
    const at = this.#interfaces.of(found);
    at.kept++;
    this.#write(enhancedPacket({
      at: at.number,
      time: this.#now(),
      data: packet.data.subarray(0, this.#cut),
      length: packet.totalLength,
      direction: found.direction,
    }));
    const why = ++this.#kept >= count
      ? "count"
      : this.#bytes >= limits.captureBytes
      ? "bytes"
      : undefined;
    if (why === undefined) return;
    this.#isFull = true;
    void this.end(why);
  }

  /** Blocks that are written together are handed over together. */
  #write(block: Uint8Array<ArrayBuffer>): void {
    if (this.#blocks.length === 0) queueMicrotask(() => this.#flush());
    this.#blocks.push(block);
    this.#blockBytes += block.length;
    this.#bytes += block.length;
  }

  #flush(): void {
    const all = new Uint8Array(this.#blockBytes);
    let at = 0;
    for (const block of this.#blocks) {
      all.set(block, at);
      at += block.length;
    }
    this.#blocks = [];
    this.#blockBytes = 0;
    if (!this.#isAlone && all.length > 0) this.#controller.enqueue(all);
  }

  /** Ends the session: nothing more is kept, its last blocks are written, and the switch forgets it. @param why A key of `ENDS`, or a sentence. */
  end(why: keyof typeof ENDS | (string & Record<never, never>)): Promise<void> {
    if (!this.#isEnding) {
      this.#isEnding = true;
      this.#timer?.stop();
      this.#options.signal.removeEventListener("abort", this.#agentEnds);
      void this.#finish(ENDS[why as keyof typeof ENDS] ?? why).finally(this.#ended.resolve);
    }
    return this.ended;
  }

  async #finish(why: string): Promise<void> {
    const { log, request, place } = this.#options;
    // What the switch has sent by now belongs to the session, unless it has all that was asked for
    if (why !== ENDS.count && why !== ENDS.bytes) {
      await Promise.all(this.#taps.map((tap) => tap.drained()));
    }
    this.#isFull = true;
    const end = this.#now();
    const counts = await Promise.all(this.#taps.map((tap) => tap.end()));
    const leftOut = this.#leftOut(counts);
    this.#interfaces.end({ begin: this.#begin, end, ...(leftOut && { leftOut }), why });
    this.#flush();
    if (!this.#isAlone) this.#controller.close();
    this.#isAlone = true;
    log.info("Capture ended", {
      target: targetText(request.target),
      place,
      why,
      kept: this.#kept,
      leftOut: leftOut && String(leftOut.egress + leftOut.ingress),
    });
    await Promise.all(this.#taps.map((tap) => tap.close()));
  }

  /** Copies that the switch has made and that are not kept; nothing if a switch cannot tell. */
  #leftOut(counts: readonly (PacketCounts | undefined)[]): PacketCounts | undefined {
    const known = counts.filter((each) => each !== undefined);
    if (known.length < counts.length) return undefined;
    const [egress, ingress] = DIRECTIONS.map((each) =>
      known.reduce((sum, count) => sum + count[each], 0n) - this.#late[each] -
      this.#interfaces.kept(each)
    );
    return { egress: egress!, ingress: ingress! };
  }
}
