/** Forwards frames from one network device to another, and counts them. @module */
import { SluiceError, TerminalError } from "../base/errors.ts";
import { countFrame, type Counts, NOTHING } from "./counts.ts";
import { type Libc, LITTLE } from "./libc.ts";
import { PacketSocket } from "./packet_socket.ts";

/** Names of the two devices. */
export interface Devices {
  readonly target: string;
  readonly return: string;
}

/** Frames that are forwarded one after the other, before signals and timers are served. */
const BATCH = 512;
/** `struct pollfd` of poll(2), and its event. */
const POLL = { events: 4, bytes: 8, readable: 1 } as const;
/** Milliseconds after which the wire looks whether it is to end. */
const WAIT = 100;

interface Ends extends Disposable {
  readonly target: PacketSocket;
  readonly return: PacketSocket;
  /** For poll(2). */
  readonly polled: Uint8Array<ArrayBuffer>;
}

export class Wire implements Disposable {
  readonly counts: Counts = { ...NOTHING };
  #ends: Ends | undefined;

  private constructor(
    readonly libc: Libc,
    readonly devices: Devices,
    readonly isHung: boolean,
  ) {}

  /**
   * @param isHung Whether it forwards nothing, as a sensor that hangs.
   * @throws {SluiceError} If a device cannot be used.
   */
  static open(libc: Libc, devices: Devices, { isHung = false } = {}): Wire {
    if (devices.target === devices.return) {
      throw new TerminalError(
        `Cannot forward from device "${devices.target}" to device "${devices.return}": they are one device: ` +
          "name the target port and the return port of the redirect",
      );
    }
    const wire = new Wire(libc, devices, isHung);
    wire.#ends = wire.#open();
    return wire;
  }

  #open(): Ends {
    using parts = new DisposableStack();
    const target = parts.use(PacketSocket.open(this.libc, this.devices.target));
    const back = parts.use(PacketSocket.open(this.libc, this.devices.return));
    const polled = new DataView(new ArrayBuffer(POLL.bytes));
    polled.setInt32(0, target.descriptor, LITTLE);
    polled.setInt16(POLL.events, POLL.readable, LITTLE);
    const kept = parts.move();
    return {
      target,
      return: back,
      polled: new Uint8Array(polled.buffer),
      [Symbol.dispose]: () => kept[Symbol.dispose](),
    };
  }

  /** Forwards what comes, for a moment. Without its devices it does not wait. */
  async forward(): Promise<void> {
    const ends = this.#ends;
    if (!ends) return;
    const ready = await this.libc.poll(ends.polled, 1n, WAIT);
    if (ready > 0 && ends === this.#ends) this.#drain(ends);
  }

  #drain(ends: Ends): void {
    for (let count = 0; count < BATCH; count++) {
      const frame = ends.target.receive();
      if (!frame) return;
      if (!this.isHung && ends.return.send(frame)) countFrame(this.counts, frame);
      else this.counts.dropped++;
    }
  }

  /**
   * Looks at the devices. Open vSwitch makes internal ports anew when it is started again: then they are opened again.
   *
   * @returns Why nothing can be forwarded now; nothing if all is well.
   */
  look(): string | undefined {
    this.#count();
    if (this.#ends && !this.#ends.target.isGone() && !this.#ends.return.isGone()) return undefined;
    this[Symbol.dispose]();
    try {
      this.#ends = this.#open();
      return undefined;
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      return error.message;
    }
  }

  /** Counts what the kernel alone knows. */
  #count(): void {
    if (!this.#ends) return;
    this.counts.dropped += this.#ends.target.arrivals().lost;
    this.counts.atReturn += this.#ends.return.arrivals().frames;
  }

  [Symbol.dispose](): void {
    this.#ends?.[Symbol.dispose]();
    this.#ends = undefined;
  }
}
