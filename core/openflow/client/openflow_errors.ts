/** Errors that callers of the client tell apart. @module */
import { SluiceError, TerminalError } from "../../base/errors.ts";
import { Reader } from "../fields/binary.ts";
import { errorName, niciraErrorName } from "../messages/error_codes.ts";
import { NICIRA } from "../fields/fields.ts";
import { type Frame, VERSION_1_0 } from "../messages/header.ts";

/** Type of errors of experimenters: OpenFlow 1.5.1 section 7.5.4, OFPET_EXPERIMENTER. */
const EXPERIMENTER = 0xffff;

/** By wire version. */
const VERSION_NAMES = ["0.1", "1.0", "1.1", "1.2", "1.3", "1.4", "1.5"];

/** The version with that number on the wire. */
export function versionName(version: number): string {
  return VERSION_NAMES[version] ?? `wire version ${version}`;
}

/** The bridge does not allow the version that is asked for. Nobody but its owner changes that. */
export class ProtocolMissingError extends TerminalError {
  override readonly name: string = "ProtocolMissingError";
  /** Wire versions that the bridge allows. */
  readonly offered: readonly number[];

  constructor(address: string, wanted: number, offered: readonly number[]) {
    super(
      `Cannot use OpenFlow ${versionName(wanted)} at "${address}": ` +
        `the bridge allows ${offered.map(versionName).join(", ") || "none"}`,
    );
    this.offered = offered;
  }
}

/** The switch refused a request. */
export class OpenFlowError extends SluiceError {
  override readonly name: string = "OpenFlowError";
  /** Such as `OFPFMFC_BAD_TABLE_ID`. */
  readonly errorName: string;

  /** @param what Such as `Cannot configure port "7"`. */
  constructor(what: string, errorName: string) {
    super(`${what}: the switch answers ${errorName}`);
    this.errorName = errorName;
  }
}

/** One member made the switch refuse a whole bundle; nothing of it is installed. */
export class BundleError extends OpenFlowError {
  override readonly name: string = "BundleError";
  /** Of the member that failed, from 0; nothing when it is none's fault. */
  readonly index: number | undefined;

  constructor(errorName: string, member?: { readonly index: number; readonly text: string }) {
    super(
      member
        ? `Cannot commit bundle member ${member.index} "${member.text}"`
        : "Cannot commit bundle",
      errorName,
    );
    this.index = member?.index;
  }
}

/** The types of today by those of OpenFlow 1.0.0 section 5.4.4. */
const TYPES_1_0 = [0, 1, 2, 5, 7, 9];

/** The name of the error that an error message tells. */
export function readErrorName({ version, body }: Pick<Frame, "version" | "body">): string {
  const reader = new Reader(body);
  const [type, code] = [reader.u16(), reader.u16()];
  if (version === VERSION_1_0) return errorName(TYPES_1_0[type] ?? type, code);
  if (type !== EXPERIMENTER) return errorName(type, code);
  const experimenter = reader.u32();
  if (experimenter === NICIRA) return niciraErrorName(code);
  return `OFPET_EXPERIMENTER(${experimenter},${code})`;
}
