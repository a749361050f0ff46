/**
 * The buffer into which a packet socket receives: a frame with what the kernel says of it in `struct virtio_net_hdr`, so
 * that a frame whose checksum is not computed yet, or which is to be cut into several, can be sent on as it is.
 * @module
 */
import { addressOf, LITTLE } from "./libc.ts";

/** `struct virtio_net_hdr` of linux/virtio_net.h: its length, and where its fields are. */
export const OFFLOAD = { bytes: 10, flags: 0, gso: 1, headers: 2, checksum: 6 } as const;
const NEEDS_CHECKSUM = 1;
/** Bytes of a MAC, of the two MACs of a frame, and of a VLAN tag, which stands behind them: IEEE 802.1Q. */
export const MAC = 6;
export const MACS = 2 * MAC;
export const TAG = 4;
const DEFAULT_TPID = 0x8100;
/** The longest IP packet that is not cut into several yet, and its Ethernet header with two tags. */
const LONGEST = OFFLOAD.bytes + 65536 + MACS + 2 * TAG + 2;

/** Offsets in `struct msghdr`, `struct cmsghdr` and `struct tpacket_auxdata` on 64-bit machines. */
const MSGHDR = { iov: 16, iovlen: 24, control: 32, controllen: 40, bytes: 56 } as const;
const IOVEC = { length: 8, bytes: 16 } as const;
const CMSG = { level: 8, type: 12, data: 16 } as const;
const AUXDATA = { status: 0, tci: 16, tpid: 18 } as const;
const CONTROL_BYTES = 64;
export const SOL_PACKET = 263;
export const PACKET_AUXDATA = 8;
const VLAN_VALID = 1 << 4;
const TPID_VALID = 1 << 6;

export class FrameBuffer {
  /** Before the frame there is room for a VLAN tag. */
  readonly #bytes = new Uint8Array(TAG + LONGEST);
  readonly #control = new DataView(new ArrayBuffer(CONTROL_BYTES));
  readonly #iov = new DataView(new ArrayBuffer(IOVEC.bytes));
  /** The header for recvmsg(2). */
  readonly header: Uint8Array<ArrayBuffer> = new Uint8Array(MSGHDR.bytes);
  readonly #header = new DataView(this.header.buffer);

  constructor() {
    this.#iov.setBigUint64(0, addressOf(this.#bytes.subarray(TAG)), LITTLE);
    this.#iov.setBigUint64(IOVEC.length, BigInt(LONGEST), LITTLE);
    const at = ({ buffer }: DataView<ArrayBuffer>) => addressOf(new Uint8Array(buffer));
    this.#header.setBigUint64(MSGHDR.iov, at(this.#iov), LITTLE);
    this.#header.setBigUint64(MSGHDR.iovlen, 1n, LITTLE);
    this.#header.setBigUint64(MSGHDR.control, at(this.#control), LITTLE);
  }

  /** To be called before each recvmsg(2), which writes how much of the control bytes it has used. */
  prepare(): void {
    this.#header.setBigUint64(MSGHDR.controllen, BigInt(CONTROL_BYTES), LITTLE);
    this.#control.setInt32(CMSG.type, 0, LITTLE);
  }

  /**
   * What was received, as it can be sent: the offload header, and the frame with its VLAN tag, which the kernel takes off
   * and tells apart.
   *
   * @param length What recvmsg(2) returned.
   */
  received(length: number): Uint8Array<ArrayBuffer> {
    const tag = this.#tag();
    if (tag === undefined) return this.#bytes.subarray(TAG, TAG + length);
    const whole = this.#bytes.subarray(0, TAG + length);
    putTag(whole, tag);
    return whole;
  }

  /** The VLAN tag in the control bytes, as it stands in a frame. */
  #tag(): number | undefined {
    const control = this.#control;
    const isTold = control.getInt32(CMSG.level, LITTLE) === SOL_PACKET &&
      control.getInt32(CMSG.type, LITTLE) === PACKET_AUXDATA;
    const status = isTold ? control.getUint32(CMSG.data + AUXDATA.status, LITTLE) : 0;
    if (!(status & VLAN_VALID)) return undefined;
    const tpid = status & TPID_VALID
      ? control.getUint16(CMSG.data + AUXDATA.tpid, LITTLE)
      : DEFAULT_TPID;
    return (tpid << 16 | control.getUint16(CMSG.data + AUXDATA.tci, LITTLE)) >>> 0;
  }
}

/**
 * Puts a VLAN tag into a frame with its offload header, before which there is room for the tag.
 *
 * @param tag As it stands in the frame: 0x81000005 for VLAN 5.
 */
export function putTag(bytes: Uint8Array<ArrayBuffer>, tag: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // An offset in the frame is larger by a tag.
  const move = (field: number) =>
    view.setUint16(field, view.getUint16(field, LITTLE) + TAG, LITTLE);
  bytes.copyWithin(0, TAG, TAG + OFFLOAD.bytes + MACS);
  view.setUint32(OFFLOAD.bytes + MACS, tag);
  if (bytes[OFFLOAD.flags]! & NEEDS_CHECKSUM) move(OFFLOAD.checksum);
  if (bytes[OFFLOAD.gso] !== 0) move(OFFLOAD.headers);
}
