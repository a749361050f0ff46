/** What is different on a bridge of ovn-controller: bits that OVN leaves free, and more bits of the state register. @module */
import { STATE } from "./_layout.ts";

/**
 * Marks that a packet keeps on its way through OVN's own flows, in bits of `reg10` that OVN leaves free: it uses those up
 * to 19 and from 28 on (OVN 23.03 to 25.03, include/ovn/logical-fields.h). OVN clears them where a packet goes from one
 * logical switch or router to the next.
 */
export const MARK = {
  register: "reg10",
  /** The packet is in OVN's flows: it has passed Sluice's rows for what Pods send. */
  handedBack: 0x8000000n,
  /** It has been in the last pair of its sender's redirect. */
  inspected: 0x4000000n,
} as const;
/** The place of `MARK.inspected` in its register. */
export const INSPECTED_BIT = 26;

/** Value and mask of `MARK.register` of a packet that is not handed back yet. */
export const NOT_IN_OVN: readonly [bigint, bigint] = [0n, MARK.handedBack];

/** More bits of the state register, beside those of `STATE`. */
export const DELIVERY = {
  /** OVN is about to send the packet to the Pod's port, whose number is in `REGISTER.original`. */
  isDelivered: 0x00080000n,
  /** The same as `MARK.inspected`, which is cleared in Sluice's tables. */
  inspected: 0x00100000n,
  /** The register of the sender's treatment says which copies there are already, and no more than that. */
  comparesCopies: STATE.handedBack, // no packet in Sluice's tables has it on such a bridge
} as const;
/** The place of `DELIVERY.inspected` in the state register. */
export const DELIVERY_INSPECTED_BIT = 20;

/** Bit of `REGISTER.copy`: the sender's copies to this mirror have been asked for the second time. */
export const SENDER_ASKED = 0x100000n;

/** The port of a packet that one of OVN's routers has forwarded: OFPP_ANY of OpenFlow 1.5.1, section 7.2.1.2. */
export const NO_IN_PORT = 0xffffffff;
