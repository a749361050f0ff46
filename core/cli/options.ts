/** Options that several commands take. @module */
import { Command } from "@commander-js/extra-typings";
import { LOG_FORMATS, LOG_LEVELS } from "../base/log.ts";
import { readSetting, settingOption } from "./setting_option.ts";

export const DEFAULT_LISTEN = "127.0.0.1:10360";
export const DEFAULT_STATE_DIR = "/var/lib/sluice";

const DEFAULT_BRIDGES: readonly string[] = ["br-int"];

/** One name, or several with commas between them; what is given again is added. */
export function bridgeOption() {
  return settingOption("bridge", "--bridge <name>", "the bridge to work on; may be given again")
    .argParser((text: string, before: readonly string[] | undefined): readonly string[] => {
      const earlier = before === DEFAULT_BRIDGES ? [] : before ?? [];
      return [...new Set([...earlier, ...readSetting("bridge", text)])];
    }).default(DEFAULT_BRIDGES, "br-int");
}

export const nodeOption = (docs: string) => settingOption("node", "--node <name>", docs);

/** @param docs Says what the file is for. */
export const tokenFileOption = (docs: string) =>
  settingOption("tokenFile", "--token-file <file>", `file ${docs}`);

/** The options by which `agent`, `plan`, `doctor` and `cleanup` reach the bridge, and those of the log. */
export function bridgeOptions() {
  return new Command()
    .addOption(bridgeOption())
    .addOption(
      settingOption(
        "ovsdb",
        "--ovsdb <address>",
        "the OVSDB server, unix:PATH or tcp:HOST:PORT",
      ).default("unix:/run/openvswitch/db.sock"),
    )
    .addOption(
      settingOption(
        "ovsRunDir",
        "--ovs-run-dir <dir>",
        "folder of <bridge>.mgmt; that of the OVSDB socket if not given",
      ),
    )
    .addOption(
      settingOption(
        "openflow",
        "--openflow <address>",
        "the bridge's OpenFlow socket, in place of <bridge>.mgmt",
      ),
    )
    .addOption(
      settingOption(
        "tableBase",
        "--table-base <number>",
        "first of sixteen OpenFlow tables that are to be Sluice's own",
      ).default(200),
    )
    .addOption(
      settingOption("logFormat", "--log-format <format>", "form of the lines on stderr")
        .choices(LOG_FORMATS).default("text" as const),
    )
    .addOption(
      settingOption("logLevel", "--log-level <level>", "the least important lines to write")
        .choices(LOG_LEVELS).default("info" as const),
    );
}
