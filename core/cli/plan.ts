/** `sluice plan`: shows the ports, meters and flows that would change on the bridge. It writes nothing. @module */
import { Option } from "@commander-js/extra-typings";
import type { BridgeConfig } from "../agent/config.ts";
import type { Plan, PortPlan } from "../apply/plan.ts";
import { type Condition, sentence } from "../contracts/condition.ts";
import type { Plugins } from "../contracts/registry.ts";
import type { Model } from "../model/model.ts";
import { formatFlow, formatMeter } from "../openflow/mod.ts";
import type { OvsdbSession } from "../ovsdb/mod.ts";
import { controlConditions } from "../report/control_conditions.ts";
import { withOvsdb } from "./connected.ts";
import { collect, reportProblems, validateFiles } from "./files.ts";
import { bridgeOptions, nodeOption } from "./options.ts";
import { pipelineChoice, pipelineOption } from "./pipeline_option.ts";
import { type BridgeInputs, bridgeNow, isBlocked, planBridge } from "./planned_bridge.ts";
import { loadAll, pluginsOption } from "./plugin_files.ts";
import { printLine } from "./print.ts";
import { resolverOption } from "./resolver_option.ts";

const SIGN = { add: "+", change: "~", modify: "~", remove: "-", delete: "-" } as const;

type PlanConfig = BridgeConfig & {
  readonly file: readonly string[];
  readonly node?: string;
  readonly resolver?: string;
  readonly pipeline?: string;
  /** The folder of plugin files. */
  readonly plugins?: string;
};

export function planCommand(builtIn: Plugins) {
  const command = bridgeOptions().name("plan")
    .description(
      "Show the ports, meters and flows that would change on the bridge. Writes nothing.",
    )
    .addOption(
      new Option("-f, --file <path>", "a manifest or a folder of manifests; may be given again")
        .argParser(collect).default([] as readonly string[]).makeOptionMandatory(),
    )
    .addOption(nodeOption("plan for this node"))
    .addOption(resolverOption())
    .addOption(pipelineOption(builtIn))
    .addOption(pluginsOption());
  return command.action(async () => {
    const config = command.opts() as PlanConfig;
    const plugins = await loadAll(builtIn, config.plugins);
    const pipelines = pipelineChoice(plugins, builtIn, config.pipeline);
    const found = await validateFiles(config.file, plugins);
    if (found.problems.length > 0) return reportProblems(found);
    await withOvsdb(
      config.ovsdb,
      (session) => planOn(session, { config, plugins, pipelines, found }),
    );
  });
}

interface PlanInputs extends BridgeInputs {
  readonly found: Awaited<ReturnType<typeof validateFiles>>;
}

async function planOn(session: OvsdbSession, inputs: PlanInputs): Promise<void> {
  const { config, found: { objects } } = inputs;
  const prepared = bridgeNow(
    session,
    inputs,
    (message) => printLine(`! ${config.bridge}: ${message}`),
  );
  const { model } = prepared;
  for (const each of objects) {
    if (each.kind === "TrafficControl") model.setControl(each.control);
    else if (each.kind === "Pod") model.setPod(each.object);
    else model.setNamespace(each.object);
  }
  const found = await planBridge(session, prepared, config);
  if (!isBlocked(found)) return print(found, model);
  printConditions(config.bridge, found);
  Deno.exitCode = 1;
}

function print({ ports, flooding, meters, flows }: Plan, model: Model): void {
  for (const port of ports) printLine(`${SIGN[port.change]} port ${portText(port)}`);
  for (const { name, floods } of flooding) {
    printLine(`${SIGN.change} port ${name} ${floods ? "flood" : "no-flood"}`);
  }
  for (const [command, meter] of meters) printLine(`${SIGN[command]} meter ${formatMeter(meter)}`);
  for (const { command, flow } of flows) printLine(`${SIGN[command]} flow ${formatFlow(flow)}`);
  for (const control of model.controls.values()) {
    printConditions(control.name, controlConditions(model, control));
  }
  const signs: readonly string[] = [
    ...ports.map(({ change }) => SIGN[change]),
    ...flooding.map(() => SIGN.change),
    ...meters.map(([command]) => SIGN[command]),
    ...flows.map(({ command }) => SIGN[command]),
  ];
  const count = (wanted: string) => signs.filter((sign) => sign === wanted).length;
  printLine(`${count("+")} to add, ${count("~")} to change, ${count("-")} to remove`);
}

function portText({ name, type, options, mtu, farEnd, placeholder }: PortPlan): string {
  const settings = Object.entries(options).map(([key, value]) => ` ${key}=${value}`).join("");
  const request = mtu === undefined ? "" : ` mtu_request=${mtu}`;
  const other = farEnd ? `, far end ${farEnd.name} on bridge ${farEnd.bridge}` : "";
  const number = placeholder === undefined ? "" : ` (shown below as port ${placeholder})`;
  return `${name} type=${type || "system"}${settings}${request}${other}${number}`;
}

function printConditions(subject: string, conditions: readonly Condition[]): void {
  for (const each of conditions) printLine(`! ${subject}: ${each.reason}: ${sentence(each)}`);
}
