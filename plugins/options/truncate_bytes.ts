/** Option `truncateBytes`: copies have only the first bytes of each packet. @module */
import Type from "typebox";
import { defineOption } from "../../core/api.ts";

/** The shortest frame of Ethernet (IEEE 802.3) without its checksum has 60 bytes. */
const SHORTEST = 64;
/** The length of a packet has 16 bits: RFC 791 section 3.1. */
const LONGEST = 0xffff;

export default defineOption({
  field: "truncateBytes",
  docs:
    "Cuts off copies behind so many bytes, which are counted from the beginning of the Ethernet header.",
  schema: Type.Integer({ minimum: SHORTEST, maximum: LONGEST }),
  example: 128,
  goesWith: "copies",
  effect: (truncateBytes) => ({ copy: { truncateBytes } }),
});
