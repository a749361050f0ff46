/**
 * Receives frames by recvmsg(2) with their VLAN tags. The kernel takes the tag off a frame and gives it in auxiliary
 * data: packet(7), PACKET_AUXDATA.
 * @module
 */

const LARGEST_FRAME = 65536;
const CONTROL_BYTES = 128;
const SOL_PACKET = 263;
export const PACKET_AUXDATA = 8;
const TP_STATUS_VLAN_VALID = 1 << 4;
const TP_STATUS_VLAN_TPID_VALID = 1 << 6;
const DEFAULT_TPID = 0x8100;
/** Bytes of a frame before its VLAN tag. */
const MACS = 12;

/** Offsets in `struct msghdr`, `struct cmsghdr` and `struct tpacket_auxdata` on 64-bit machines. */
const MSGHDR = { iov: 16, iovlen: 24, control: 32, controllen: 40, bytes: 56 } as const;
const CMSG = { level: 8, type: 12, data: 16 } as const;
const AUXDATA = { status: 0, tci: 16, tpid: 18 } as const;

const addressOf = (bytes: Uint8Array<ArrayBuffer>) =>
  BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)));

/** The buffers with which one socket receives. */
export class Receiver {
  readonly #frame = new Uint8Array(LARGEST_FRAME);
  readonly #control = new Uint8Array(CONTROL_BYTES);
  readonly #iov = new Uint8Array(16);
  readonly #header = new Uint8Array(MSGHDR.bytes);

  constructor() {
    const iov = new DataView(this.#iov.buffer);
    iov.setBigUint64(0, addressOf(this.#frame), true);
    iov.setBigUint64(8, BigInt(LARGEST_FRAME), true);
    const header = new DataView(this.#header.buffer);
    header.setBigUint64(MSGHDR.iov, addressOf(this.#iov), true);
    header.setBigUint64(MSGHDR.iovlen, 1n, true);
    header.setBigUint64(MSGHDR.control, addressOf(this.#control), true);
  }

  /** Receives a frame. @param receive Calls recvmsg(2) with the header. @returns Nothing if no frame waits. */
  next(receive: (header: Uint8Array<ArrayBuffer>) => number): Uint8Array | undefined {
    this.#control.fill(0);
    new DataView(this.#header.buffer).setBigUint64(MSGHDR.controllen, BigInt(CONTROL_BYTES), true);
    const length = receive(this.#header);
    return length > 0 ? this.#withTag(this.#frame.slice(0, length)) : undefined;
  }

  /** Puts the tag from the auxiliary data back into the frame. */
  #withTag(frame: Uint8Array): Uint8Array {
    const control = new DataView(this.#control.buffer);
    const ours = control.getInt32(CMSG.level, true) === SOL_PACKET &&
      control.getInt32(CMSG.type, true) === PACKET_AUXDATA;
    const status = ours ? control.getUint32(CMSG.data + AUXDATA.status, true) : 0;
    if (!(status & TP_STATUS_VLAN_VALID)) return frame;
    const known = status & TP_STATUS_VLAN_TPID_VALID;
    const tpid = known ? control.getUint16(CMSG.data + AUXDATA.tpid, true) : DEFAULT_TPID;
    const tci = control.getUint16(CMSG.data + AUXDATA.tci, true);
    const tag = [tpid >> 8, tpid & 0xff, tci >> 8, tci & 0xff];
    return new Uint8Array([...frame.slice(0, MACS), ...tag, ...frame.slice(MACS)]);
  }
}
