import assert from "node:assert/strict";
import { putTag } from "./frame_buffer.ts";

const [ROOM, MACS, REST] = ["00000000", "020000000001020000000002", "08004500"];

/** An offload header of `struct virtio_net_hdr`: flags, gso_type, hdr_len, gso_size, csum_start, csum_offset. */
const CASES = [
  ["nothing is left to the kernel", "0000" + "0000000000000000", "0000" + "0000000000000000"],
  [
    "the checksum is",
    "0100" + "0000" + "0000" + "2200" + "1000",
    "0100" + "0000" + "0000" + "2600" + "1000",
  ],
  [
    "segments are, too",
    "0101" + "fe00" + "a805" + "2200" + "1000",
    "0101" + "0201" + "a805" + "2600" + "1000",
  ],
] as const;

Deno.test.each(CASES)(
  "a tag is put behind the MACs, and offsets behind it grow: %s",
  (_, before, after) => {
    const bytes = Uint8Array.fromHex(ROOM + before + MACS + REST);
    putTag(bytes, 0x81000005);
    assert.equal(bytes.toHex(), after + MACS + "81000005" + REST);
  },
);
