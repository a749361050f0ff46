/** Errors that callers of the client tell apart. @module */
import { SluiceError, TerminalError } from "../../base/errors.ts";

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
