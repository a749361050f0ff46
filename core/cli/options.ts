/** Options that several commands take. @module */
import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { LOG_FORMATS, LOG_LEVELS } from "../base/log.ts";

/**
 * The largest number of the first table, so that nine tables follow from it: table numbers have 8 bits, and OpenFlow
 * reserves 255 (OpenFlow 1.5.1 section 5.2).
 */
const LAST_TABLE_BASE = 245;
export const DEFAULT_LISTEN = "127.0.0.1:10360";
export const DEFAULT_STATE_DIR = "/var/lib/sluice";

export function parseTableBase(text: string): number {
  const base = Number(text);
  if (/^\d+$/.test(text) && base >= 1 && base <= LAST_TABLE_BASE) return base;
  throw new InvalidArgumentError(`Cannot use table "${text}": not 1 to ${LAST_TABLE_BASE}`);
}

export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && Number.isFinite(seconds)) return seconds;
  throw new InvalidArgumentError(`Cannot use "${text}" as seconds: not a number above 0`);
}

export const bridgeOption = () =>
  new Option("--bridge <name>", "the bridge to work on").default("br-int").env("SLUICE_BRIDGE");

/** The options by which `agent`, `plan`, `doctor` and `cleanup` reach the bridge, and those of the log. */
export function bridgeOptions() {
  return new Command()
    .addOption(bridgeOption())
    .addOption(
      new Option("--ovsdb <address>", "the OVSDB server, unix:PATH or tcp:HOST:PORT")
        .default("unix:/run/openvswitch/db.sock").env("SLUICE_OVSDB"),
    )
    .addOption(
      new Option(
        "--ovs-run-dir <dir>",
        "folder of <bridge>.mgmt; that of the OVSDB socket if not given",
      )
        .env("SLUICE_OVS_RUN_DIR"),
    )
    .addOption(
      new Option("--openflow <address>", "the bridge's OpenFlow socket, in place of <bridge>.mgmt")
        .env("SLUICE_OPENFLOW"),
    )
    .addOption(
      new Option(
        "--table-base <number>",
        "first of nine OpenFlow tables that are to be Sluice's own",
      )
        .argParser(parseTableBase).default(200).env("SLUICE_TABLE_BASE"),
    )
    .addOption(
      new Option("--log-format <format>", "form of the lines on stderr")
        .choices(LOG_FORMATS).default("text" as const).env("SLUICE_LOG_FORMAT"),
    )
    .addOption(
      new Option("--log-level <level>", "the least important lines to write")
        .choices(LOG_LEVELS).default("info" as const).env("SLUICE_LOG_LEVEL"),
    );
}
