/** A packet socket: whole frames of one network device, in and out. @module */
import { SluiceError, TerminalError } from "../base/errors.ts";
import { FrameBuffer, PACKET_AUXDATA, SOL_PACKET } from "./frame_buffer.ts";
import { cNumber, cText, type Libc, LITTLE } from "./libc.ts";

/** Numbers of linux/socket.h and linux/if_packet.h. */
const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const ETH_P_ALL = 0x0003;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_STATISTICS = 6;
const PACKET_VNET_HDR = 15;
const PACKET_IGNORE_OUTGOING = 23;
const PACKET_MR_PROMISC = 1;
const MSG_DONTWAIT = 0x40;
/** `struct sockaddr_ll` and `struct packet_mreq`: their lengths, and where their fields are. */
const ADDRESS = { protocol: 2, index: 4, bytes: 20 } as const;
const MEMBERSHIP = { type: 4, bytes: 16 } as const;
/** `struct tpacket_stats`: frames that came, and of these the ones that found the buffer full. */
const STATISTICS = { drops: 4, bytes: 8 } as const;
/** Frames of a tenth of a second at some Gbit/s. */
const BUFFER_BYTES = 16 * 1024 * 1024;
const WORD = 4;

/** The number of a device in this network namespace; 0 if there is none with the name. */
export const deviceIndex = (libc: Libc, device: string): number =>
  libc.if_nametoindex(cText(device));

/** What has come in at a device since it was asked last. */
export interface Arrivals {
  readonly frames: number;
  /** Those of them that were lost, as they were not read in time. */
  readonly lost: number;
}

export class PacketSocket implements Disposable {
  readonly index: number;
  readonly descriptor: number;
  readonly #buffer = new FrameBuffer();

  /** @param index The number of the device. @param descriptor That of the socket. */
  private constructor(
    readonly libc: Libc,
    readonly device: string,
    { index, descriptor }: { readonly index: number; readonly descriptor: number },
  ) {
    this.index = index;
    this.descriptor = descriptor;
  }

  /**
   * Opens a socket that gets all frames which come in at the device, and none of those that are sent from it.
   *
   * @throws {SluiceError} If the device is not there, or is down.
   * @throws {TerminalError} If this process may not have such a socket.
   */
  static open(libc: Libc, device: string): PacketSocket {
    const index = deviceIndex(libc, device);
    if (index === 0) {
      throw cannotUse(
        device,
        "it is not there: name a network device of this network namespace. An internal port is " +
          "there as soon as its TrafficControl is applied and selects a Pod",
      );
    }
    // Protocol 0: it gets no frames before it is bound to the device.
    const descriptor = libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
      throw new TerminalError(
        `Cannot use device "${device}": this process may open no packet socket: ` +
          "run it as root, or give it the capability CAP_NET_RAW",
      );
    }
    const socket = new PacketSocket(libc, device, { index, descriptor });
    try {
      socket.#prepare();
      socket.#bind();
      return socket;
    } catch (error) {
      socket[Symbol.dispose]();
      throw error;
    }
  }

  #prepare(): void {
    // The two sizes are for root alone; without them there is less room, and more can be lost.
    this.#set(SOL_SOCKET, SO_RCVBUFFORCE, cNumber(BUFFER_BYTES));
    this.#set(SOL_SOCKET, SO_SNDBUFFORCE, cNumber(BUFFER_BYTES));
    const membership = new DataView(new ArrayBuffer(MEMBERSHIP.bytes));
    membership.setInt32(0, this.index, LITTLE);
    membership.setUint16(MEMBERSHIP.type, PACKET_MR_PROMISC, LITTLE);
    const isSet = [
      this.#set(SOL_PACKET, PACKET_IGNORE_OUTGOING, cNumber(1)),
      this.#set(SOL_PACKET, PACKET_VNET_HDR, cNumber(1)),
      this.#set(SOL_PACKET, PACKET_AUXDATA, cNumber(1)),
      this.#set(SOL_PACKET, PACKET_ADD_MEMBERSHIP, new Uint8Array(membership.buffer)),
    ];
    if (isSet.includes(false)) {
      throw cannotUse(this.device, "the kernel lacks what it needs: it must be 4.20 or later");
    }
  }

  #set(level: number, option: number, value: Uint8Array<ArrayBuffer>): boolean {
    return this.libc.setsockopt(this.descriptor, level, option, value, value.length) === 0;
  }

  #bind(): void {
    const address = new DataView(new ArrayBuffer(ADDRESS.bytes));
    address.setUint16(0, AF_PACKET, LITTLE);
    address.setUint16(ADDRESS.protocol, ETH_P_ALL); // in the order of the network
    address.setInt32(ADDRESS.index, this.index, LITTLE);
    const result = this.libc.bind(this.descriptor, new Uint8Array(address.buffer), ADDRESS.bytes);
    if (result < 0) throw cannotUse(this.device, "it was deleted this moment");
    // packet(7): ENETDOWN stands there if the device is not up.
    if (this.#get(SOL_SOCKET, SO_ERROR, WORD).getInt32(0, LITTLE) !== 0) {
      throw cannotUse(this.device, `it is down: run "ip link set ${this.device} up"`);
    }
  }

  #get(level: number, option: number, bytes: number): DataView {
    const value = new DataView(new ArrayBuffer(bytes));
    const given = new Uint8Array(value.buffer);
    this.libc.getsockopt(this.descriptor, level, option, given, cNumber(bytes));
    return value;
  }

  /** A frame that has come in, with its offload header, until the next call; nothing if none waits. */
  receive(): Uint8Array<ArrayBuffer> | undefined {
    this.#buffer.prepare();
    const length = Number(this.libc.recvmsg(this.descriptor, this.#buffer.header, MSG_DONTWAIT));
    return length > 0 ? this.#buffer.received(length) : undefined;
  }

  /** Sends a frame with its offload header. @returns Whether the kernel has taken it. */
  send(frame: Uint8Array<ArrayBuffer>): boolean {
    return this.libc.send(this.descriptor, frame, BigInt(frame.length), MSG_DONTWAIT) >= 0;
  }

  /** Each frame is told once. */
  arrivals(): Arrivals {
    const told = this.#get(SOL_PACKET, PACKET_STATISTICS, STATISTICS.bytes);
    return { frames: told.getUint32(0, LITTLE), lost: told.getUint32(STATISTICS.drops, LITTLE) };
  }

  /** Whether the device is another one by now, or none. */
  isGone(): boolean {
    return deviceIndex(this.libc, this.device) !== this.index;
  }

  [Symbol.dispose](): void {
    this.libc.close(this.descriptor);
  }
}

const cannotUse = (device: string, state: string) =>
  new SluiceError(`Cannot use device "${device}": ${state}`);
