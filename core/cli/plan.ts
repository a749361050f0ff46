/** `sluice plan`: shows the ports and flows that would change on the bridge. It writes nothing. @module */
import { Option } from "@commander-js/extra-typings";
import { farEndsOf, ovsSurroundings, portOnBridge } from "../observe/bridge_rows.ts";
import { bridgeConditions } from "../observe/bridge_conditions.ts";
import type { Pipeline } from "../contracts/mod.ts";
import { type Condition, sentence } from "../contracts/condition.ts";
import { type BridgeConfig, openflowAddress } from "../agent/config.ts";
import { choosePipeline, type PipelineChoice, unknownBridge } from "../agent/pipeline_choice.ts";
import { bridgeFacts } from "../observe/bridge_facts.ts";
import { readDevice } from "../observe/devices.ts";
import { Model } from "../model/model.ts";
import { usedPipeline } from "../model/flows/used_pipeline.ts";
import {
  formatFlow,
  OpenFlowClient,
  ProtocolMissingError,
  readFloodConfig,
} from "../openflow/mod.ts";
import type { OvsdbSession } from "../ovsdb/mod.ts";
import { takeObservation } from "../observe/switch_observer.ts";
import { type Plan, plan } from "../apply/plan.ts";
import { controlConditions } from "../report/control_conditions.ts";
import { protocolMissing } from "../observe/switch_connection.ts";
import { readSwitch } from "../observe/switch_state.ts";
import { withOvsdb } from "./connected.ts";
import { collect, reportProblems, validateFiles } from "./files.ts";
import { bridgeOptions, nodeOption } from "./options.ts";
import type { Plugins } from "../contracts/registry.ts";
import { pipelineChoice, pipelineOption } from "./pipeline_option.ts";
import { loadAll, pluginsOption } from "./plugin_files.ts";

const SIGN = { add: "+", change: "~", modify: "~", remove: "-", delete: "-" } as const;

type PlanConfig = BridgeConfig & {
  readonly file: readonly string[];
  readonly node?: string;
  readonly pipeline?: string;
  /** The folder of plugin files. */
  readonly plugins?: string;
};

export function planCommand(builtIn: Plugins) {
  const command = bridgeOptions().name("plan")
    .description("Show the ports and flows that would change on the bridge. Writes nothing.")
    .addOption(
      new Option("-f, --file <path>", "a manifest or a folder of manifests; may be given again")
        .argParser(collect).default([] as readonly string[]).makeOptionMandatory(),
    )
    .addOption(nodeOption("plan for this node"))
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

interface PlanInputs {
  readonly config: PlanConfig;
  readonly plugins: Plugins;
  readonly pipelines: PipelineChoice;
  readonly found: Awaited<ReturnType<typeof validateFiles>>;
}

async function planOn(session: OvsdbSession, inputs: PlanInputs): Promise<void> {
  const { config, plugins, pipelines } = inputs;
  const facts = bridgeFacts(session.cache, config.bridge) ?? unknownBridge(config.bridge);
  const pipeline = usedPipeline(choosePipeline(pipelines, facts), config.tableBase);
  const model = new Model({
    resolvers: [...plugins.resolvers.values()],
    pipeline,
    ...(config.node !== undefined && { node: config.node }),
    surroundings: { ...ovsSurroundings(() => session.cache, config.bridge), device: readDevice },
  });
  fill(model, session, inputs);
  const blockers = bridgeConditions(session.cache, config.bridge);
  if (blockers.length === 0) blockers.push(...await observeSwitch(model, pipeline, config));
  if (blockers.length > 0) {
    printConditions(config.bridge, blockers);
    Deno.exitCode = 1;
    return;
  }
  print(plan(model), model);
}

/**
 * Reads the switch into the model.
 *
 * @returns The conditions under which the agent could write nothing; none if it could.
 */
async function observeSwitch(
  model: Model,
  pipeline: Pipeline,
  config: PlanConfig,
): Promise<Condition[]> {
  try {
    await using client = await OpenFlowClient.connect(openflowAddress(config));
    const state = await readSwitch(client, pipeline.tables);
    const unusable = takeObservation(model, state);
    model.setFloodingUnstoppable(!await allowsFloodChanges(client.address));
    return unusable ? [unusable] : [];
  } catch (error) {
    if (!(error instanceof ProtocolMissingError)) throw error;
    return [protocolMissing(config.bridge)];
  }
}

/** Whether the bridge allows OpenFlow 1.0, by which ports are taken out of flooding. */
async function allowsFloodChanges(address: string): Promise<boolean> {
  try {
    await readFloodConfig(address);
    return true;
  } catch (error) {
    if (error instanceof ProtocolMissingError) return false;
    throw error;
  }
}

function fill(model: Model, session: OvsdbSession, { config, found }: PlanInputs): void {
  for (const { name } of session.cache.all("Interface")) {
    const port = portOnBridge(session.cache, config.bridge, name);
    if (port) model.setPort(name, port);
  }
  for (const [name, farEnd] of farEndsOf(session.cache, config.bridge)) {
    model.setFarEnd(name, farEnd);
  }
  for (const each of found.objects) {
    if (each.kind === "TrafficControl") model.setControl(each.control);
    else if (each.kind === "Pod") model.setPod(each.object);
    else model.setNamespace(each.object);
  }
}

function print({ ports, flows }: Plan, model: Model): void {
  for (const { change, name, type, options, placeholder, farEnd } of ports) {
    const settings = Object.entries(options).map(([key, value]) => ` ${key}=${value}`).join("");
    const number = placeholder === undefined ? "" : ` (shown below as port ${placeholder})`;
    const other = farEnd ? `, far end ${farEnd.name} on bridge ${farEnd.bridge}` : "";
    console.log(
      `${SIGN[change]} port ${name} type=${type || "system"}${settings}${other}${number}`,
    );
  }
  for (const { command, flow } of flows) console.log(`${SIGN[command]} flow ${formatFlow(flow)}`);
  for (const control of model.controls.values()) {
    printConditions(control.name, controlConditions(model, control));
  }
  const count = (signs: string) =>
    [...ports.map(({ change }) => SIGN[change]), ...flows.map(({ command }) => SIGN[command])]
      .filter((sign) => sign === signs).length;
  console.log(`${count("+")} to add, ${count("~")} to change, ${count("-")} to remove`);
}

function printConditions(subject: string, conditions: readonly Condition[]): void {
  for (const each of conditions) console.log(`! ${subject}: ${each.reason}: ${sentence(each)}`);
}
