import assert from "node:assert/strict";
import { written } from "../testing/written.ts";
import { readErrorName } from "./error_codes.ts";
import { VERSION_1_0, VERSION_1_5 } from "./header.ts";

/** Type and code of an error message, the words behind them, and its name. */
const ERRORS: readonly [version: number, words: readonly number[], name: string][] = [
  [VERSION_1_5, [5, 2], "OFPFMFC_BAD_TABLE_ID"],
  [VERSION_1_5, [17, 13], "OFPBFC_MSG_FAILED"],
  [VERSION_1_5, [13, 2], "OFPET_TABLE_FEATURES_FAILED(2)"],
  [VERSION_1_5, [99, 1], "OFPET(99,1)"],
  [VERSION_1_5, [0xffff, 22, 0, 0x2320], "OFPBFC_BAD_VERSION"],
  [VERSION_1_5, [0xffff, 999, 0, 0x2320], "NXERR(999)"],
  [VERSION_1_5, [0xffff, 7, 0, 0x1234], "OFPET_EXPERIMENTER(4660,7)"],
  // OpenFlow 1.0.0 section 5.4.4: type 4 is PORT_MOD_FAILED, which has the number 7 since 1.1.
  [VERSION_1_0, [4, 1], "OFPPMFC_BAD_HW_ADDR"],
];

Deno.test.each(ERRORS)(
  "an error of wire version %s with words %s is %s",
  (version, words, name) => {
    const body = written((writer) => words.forEach((word) => writer.u16(word)));
    assert.equal(readErrorName({ version, body }), name);
  },
);
