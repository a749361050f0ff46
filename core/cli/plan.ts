/** `sluice plan`: shows the ports, meters and flows that would change on the bridge. It writes nothing. @module */
import { Option } from "@commander-js/extra-typings";
import { type BridgesConfig, configsOf } from "../agent/config.ts";
import { NodePods } from "../agent/node_pods.ts";
import type { Plan, PortPlan } from "../apply/plan.ts";
import { type Condition, sentence } from "../contracts/condition.ts";
import type { Plugins } from "../contracts/registry.ts";
import type { Model } from "../model/model.ts";
import { formatFlow, formatMeter } from "../openflow/mod.ts";
import type { OvsdbSession } from "../ovsdb/mod.ts";
import { controlConditions } from "../report/control_conditions.ts";
import { unplaced } from "../report/node_control.ts";
import { configOption, readConfigFile } from "./config_option.ts";
import { withOvsdb } from "./connected.ts";
import { collect, reportProblems, validateFiles } from "./files.ts";
import { bridgeOptions, nodeOption } from "./options.ts";
import { pipelineChoice, pipelineOption } from "./pipeline_option.ts";
import {
  type BridgeInputs,
  bridgeNow,
  EarlierBridges,
  isBlocked,
  planBridge,
} from "./planned_bridge.ts";
import { loadAll, pluginsOption } from "./plugin_files.ts";
import { printLine } from "./print.ts";
import { resolverOption } from "./resolver_option.ts";

const SIGN = { add: "+", change: "~", modify: "~", remove: "-", delete: "-" } as const;

type PlanConfig = BridgesConfig & {
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
    .addOption(pluginsOption())
    .addOption(configOption());
  return command.action(async () => {
    await readConfigFile(command);
    const config = command.opts() as PlanConfig;
    const plugins = await loadAll(builtIn, config.plugins);
    const pipelines = pipelineChoice(plugins, builtIn, config.pipeline);
    const found = await validateFiles(config.file, plugins);
    if (found.problems.length > 0) return reportProblems(found);
    const { bridge: bridges } = config;
    const earlier = new EarlierBridges();
    const inputs = configsOf(config).map((each) => {
      return { config: each, bridges, plugins, pipelines, found, earlier };
    });
    await withOvsdb(config.ovsdb, async (session) => {
      const models: Model[] = [];
      for (const each of inputs) models.push(await planOn(session, each));
      if (models.length > 1) printUnplaced(models, { node: config.node, found });
    });
  });
}

/** Says which Pods have a port on none of several bridges. */
function printUnplaced(
  models: readonly Model[],
  { node, found: { objects } }: { node: string | undefined } & Pick<PlanInputs, "found">,
): void {
  const pods = new NodePods(node);
  for (const each of objects) {
    if (each.kind === "TrafficControl") pods.setControl(each.control);
    else if (each.kind === "Pod") pods.setPod(each.object);
    else pods.setNamespace(each.object);
  }
  const bridges = models.map((model) => ({ model }));
  for (const name of models[0]!.controls.keys()) {
    const { why } = unplaced([...pods.selection.podsOf(name)].sort(), { bridges });
    printConditions(name, why);
  }
}

interface PlanInputs extends BridgeInputs {
  readonly found: Awaited<ReturnType<typeof validateFiles>>;
}

async function planOn(session: OvsdbSession, inputs: PlanInputs): Promise<Model> {
  const { config, bridges, found: { objects } } = inputs;
  if (bridges.length > 1) printLine(`Bridge ${config.bridge}:`);
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
  if (!isBlocked(found)) print(found, model);
  else {
    printConditions(config.bridge, found);
    Deno.exitCode = 1;
  }
  return model;
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
