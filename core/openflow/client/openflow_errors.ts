/** The errors of the client. @module */
import { SluiceError, TerminalError } from "../../base/errors.ts";

/** The names of the versions, by their numbers on the wire. */
const VERSION_NAMES = ["0.1", "1.0", "1.1", "1.2", "1.3", "1.4", "1.5"];

/** The name of the version with that number on the wire. */
function versionName(version: number): string {
  return VERSION_NAMES[version] ?? `wire version ${version}`;
}

/** The bridge does not allow the version that the client needs. Only a change of the bridge's row can help. */
export class ProtocolMissingError extends TerminalError {
  override readonly name: string = "ProtocolMissingError";
  /** The versions that the bridge allows, by their numbers on the wire. */
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
  /** The name of the switch's error, such as `OFPFMFC_BAD_TABLE_ID`. */
  readonly errorName: string;

  /** @param what The beginning of the message, such as `Cannot configure port "7"`. */
  constructor(what: string, errorName: string) {
    super(`${what}: the switch answers ${errorName}`);
    this.errorName = errorName;
  }
}

/** The switch refused a bundle. None of its changes was made. */
export class BundleError extends OpenFlowError {
  override readonly name: string = "BundleError";
  /** The index of the member that the switch refused, from 0; nothing if it refused the bundle as a whole. */
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
