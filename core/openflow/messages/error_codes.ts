/** The names of errors: OpenFlow 1.5.1 section 7.5.4, and those that Nicira has added. @module */
import { Reader } from "../fields/binary.ts";
import { NICIRA } from "../fields/fields.ts";
import { type Frame, VERSION_1_0 } from "./header.ts";

interface ErrorType {
  /** The name after `OFPET_`. */
  readonly type: string;
  /** The beginning of the names of its codes. */
  readonly prefix: string;
  /** The names of the codes, by number; empty where none is defined. */
  readonly codes: readonly string[];
}

function errorType(type: string, prefix: string, codes: string): ErrorType {
  return { type, prefix, codes: codes.split(" ").map((code) => code === "-" ? "" : code) };
}

/** All types, by number. The codes stand in their order, with `-` where none is defined. */
// deno-fmt-ignore: one type, one paragraph
const TYPES: readonly ErrorType[] = [
  errorType("HELLO_FAILED", "OFPHFC",
    "INCOMPATIBLE EPERM"),
  errorType("BAD_REQUEST", "OFPBRC",
    "BAD_VERSION BAD_TYPE BAD_MULTIPART BAD_EXPERIMENTER BAD_EXP_TYPE EPERM BAD_LEN BUFFER_EMPTY " +
    "BUFFER_UNKNOWN BAD_TABLE_ID IS_SECONDARY BAD_PORT BAD_PACKET MULTIPART_BUFFER_OVERFLOW " +
    "MULTIPART_REQUEST_TIMEOUT MULTIPART_REPLY_TIMEOUT MULTIPART_BAD_SCHED PIPELINE_FIELDS_ONLY " +
    "UNKNOWN"),
  errorType("BAD_ACTION", "OFPBAC",
    "BAD_TYPE BAD_LEN BAD_EXPERIMENTER BAD_EXP_TYPE BAD_OUT_PORT BAD_ARGUMENT EPERM TOO_MANY " +
    "BAD_QUEUE BAD_OUT_GROUP MATCH_INCONSISTENT UNSUPPORTED_ORDER BAD_TAG BAD_SET_TYPE BAD_SET_LEN " +
    "BAD_SET_ARGUMENT BAD_SET_MASK BAD_METER"),
  errorType("BAD_INSTRUCTION", "OFPBIC",
    "UNKNOWN_INST UNSUP_INST BAD_TABLE_ID UNSUP_METADATA UNSUP_METADATA_MASK BAD_EXPERIMENTER " +
    "BAD_EXP_TYPE BAD_LEN EPERM DUP_INST"),
  errorType("BAD_MATCH", "OFPBMC",
    "BAD_TYPE BAD_LEN BAD_TAG BAD_DL_ADDR_MASK BAD_NW_ADDR_MASK BAD_WILDCARDS BAD_FIELD BAD_VALUE " +
    "BAD_MASK BAD_PREREQ DUP_FIELD EPERM"),
  errorType("FLOW_MOD_FAILED", "OFPFMFC",
    "UNKNOWN TABLE_FULL BAD_TABLE_ID OVERLAP EPERM BAD_TIMEOUT BAD_COMMAND BAD_FLAGS CANT_SYNC " +
    "BAD_PRIORITY IS_SYNC"),
  errorType("GROUP_MOD_FAILED", "OFPGMFC",
    "GROUP_EXISTS INVALID_GROUP WEIGHT_UNSUPPORTED OUT_OF_GROUPS OUT_OF_BUCKETS CHAINING_UNSUPPORTED " +
    "WATCH_UNSUPPORTED LOOP UNKNOWN_GROUP CHAINED_GROUP BAD_TYPE BAD_COMMAND BAD_BUCKET BAD_WATCH " +
    "EPERM UNKNOWN_BUCKET BUCKET_EXISTS"),
  errorType("PORT_MOD_FAILED", "OFPPMFC",
    "BAD_PORT BAD_HW_ADDR BAD_CONFIG BAD_ADVERTISE EPERM"),
  errorType("TABLE_MOD_FAILED", "OFPTMFC",
    "BAD_TABLE BAD_CONFIG EPERM"),
  errorType("QUEUE_OP_FAILED", "OFPQOFC",
    "BAD_PORT BAD_QUEUE EPERM"),
  errorType("SWITCH_CONFIG_FAILED", "OFPSCFC",
    "BAD_FLAGS BAD_LEN EPERM"),
  errorType("ROLE_REQUEST_FAILED", "OFPRRFC",
    "STALE UNSUP BAD_ROLE ID_UNSUP ID_IN_USE"),
  errorType("METER_MOD_FAILED", "OFPMMFC",
    "UNKNOWN METER_EXISTS INVALID_METER UNKNOWN_METER BAD_COMMAND BAD_FLAGS BAD_RATE BAD_BURST " +
    "BAD_BAND BAD_BAND_VALUE OUT_OF_METERS OUT_OF_BANDS"),
  errorType("TABLE_FEATURES_FAILED", "OFPTFFC",
    "BAD_TABLE BAD_METADATA - - - EPERM BAD_CAPA BAD_MAX_ENT BAD_FEATURES BAD_COMMAND TOO_MANY"),
  errorType("BAD_PROPERTY", "OFPBPC",
    "BAD_TYPE BAD_LEN BAD_VALUE TOO_MANY DUP_TYPE BAD_EXPERIMENTER BAD_EXP_TYPE BAD_EXP_VALUE EPERM"),
  errorType("ASYNC_CONFIG_FAILED", "OFPACFC",
    "INVALID UNSUPPORTED EPERM"),
  errorType("FLOW_MONITOR_FAILED", "OFPMOFC",
    "UNKNOWN MONITOR_EXISTS INVALID_MONITOR UNKNOWN_MONITOR BAD_COMMAND BAD_FLAGS BAD_TABLE_ID " +
    "BAD_OUT"),
  errorType("BUNDLE_FAILED", "OFPBFC",
    "UNKNOWN EPERM BAD_ID BUNDLE_EXIST BUNDLE_CLOSED OUT_OF_BUNDLES BAD_TYPE BAD_FLAGS MSG_BAD_LEN " +
    "MSG_BAD_XID MSG_UNSUP MSG_CONFLICT MSG_TOO_MANY MSG_FAILED TIMEOUT BUNDLE_IN_PROGRESS " +
    "SCHED_NOT_SUPPORTED SCHED_FUTURE SCHED_PAST"),
];

/** The names of the errors that Nicira has added, by code. */
const NICIRA_CODES: Readonly<Record<number, string>> = {
  2: "NXBRC_NXM_INVALID",
  3: "NXBRC_NXM_BAD_TYPE",
  4: "NXBRC_MUST_BE_ZERO",
  5: "NXBRC_BAD_REASON",
  9: "NXBRC_FM_BAD_EVENT",
  10: "NXBRC_UNENCODABLE_ERROR",
  11: "NXBAC_MUST_BE_ZERO",
  12: "NXFMFC_HARDWARE",
  13: "NXFMFC_BAD_TABLE_ID",
  15: "NXBAC_BAD_CONJUNCTION",
  16: "NXTTMFC_BAD_COMMAND",
  17: "NXTTMFC_BAD_OPT_LEN",
  18: "NXTTMFC_BAD_FIELD_IDX",
  19: "NXTTMFC_TABLE_FULL",
  20: "NXTTMFC_ALREADY_MAPPED",
  21: "NXTTMFC_DUP_ENTRY",
  22: "OFPBFC_BAD_VERSION",
  23: "NXQOFC_QUEUE_ERROR",
  34: "NXR_NOT_SUPPORTED",
  35: "NXR_STALE",
  36: "NXST_NOT_CONFIGURED",
  37: "NXFMFC_INVALID_TLV_FIELD",
  38: "NXTTMFC_INVALID_TLV_DEL",
  39: "NXBAC_BAD_HEADER_TYPE",
  40: "NXBAC_UNKNOWN_ED_PROP",
  41: "NXBAC_BAD_ED_PROP",
  42: "NXBAC_CT_DATAPATH_SUPPORT",
  43: "NXBMC_CT_DATAPATH_SUPPORT",
  44: "NXTFFC_DUP_TABLE",
};

/** The name of an error, such as `OFPFMFC_BAD_TABLE_ID`; if it has none, its numbers. */
function errorName(type: number, code: number): string {
  const known = TYPES[type];
  const name = known?.codes[code];
  if (known && name) return `${known.prefix}_${name}`;
  return known ? `OFPET_${known.type}(${code})` : `OFPET(${type},${code})`;
}

/** The name of an error that Nicira has added; if it has none, its number. */
function niciraErrorName(code: number): string {
  return NICIRA_CODES[code] ?? `NXERR(${code})`;
}

/** The type of the errors that experimenters define: OpenFlow 1.5.1 section 7.5.4, OFPET_EXPERIMENTER. */
const EXPERIMENTER = 0xffff;

/** The types of OpenFlow 1.5 by the numbers that they have in OpenFlow 1.0: OpenFlow 1.0.0 section 5.4.4. */
const TYPES_1_0 = [0, 1, 2, 5, 7, 9];

/**
 * Reads the body of an error message.
 *
 * @returns The name of the error, such as `OFPFMFC_BAD_TABLE_ID`; if it has none, its numbers.
 * @throws {ProtocolError} If the body is too short.
 */
export function readErrorName({ version, body }: Pick<Frame, "version" | "body">): string {
  const reader = new Reader(body);
  const [type, code] = [reader.u16(), reader.u16()];
  if (version === VERSION_1_0) return errorName(TYPES_1_0[type] ?? type, code);
  if (type !== EXPERIMENTER) return errorName(type, code);
  const experimenter = reader.u32();
  if (experimenter === NICIRA) return niciraErrorName(code);
  return `OFPET_EXPERIMENTER(${experimenter},${code})`;
}
