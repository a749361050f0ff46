/** `sluice plan`: shows the ports and flows that would change on the bridge. It writes nothing. @module */
import { Option } from "@commander-js/extra-typings";
import { farEndsOf, ovsSurroundings, portOnBridge } from "../observe/bridge_rows.ts";
import { bridgeConditions } from "../observe/bridge_conditions.ts";
import { type Condition, sentence } from "../contracts/condition.ts";
import { type BridgeConfig, openflowAddress } from "../agent/config.ts";
import { type PipelineChoice, unknownBridge } from "../agent/pipeline_choice.ts";
import { bridgeFacts } from "../observe/bridge_facts.ts";
import { readDevice, readLink } from "../observe/devices.ts";
import { Model } from "../model/model.ts";
import { PipelineMaker } from "../agent/pipeline_maker.ts";
import {
  formatFlow,
  OpenFlowClient,
  ProtocolMissingError,
  readFloodConfig,
} from "../openflow/mod.ts";
import { floodChanges } from "../apply/flooding.ts";
import type { OvsdbSession } from "../ovsdb/mod.ts";
import { takeObservation } from "../observe/switch_observer.ts";
import { type Plan, plan, type PortPlan } from "../apply/plan.ts";
import { controlConditions } from "../report/control_conditions.ts";
import { protocolMissing } from "../observe/switch_connection.ts";
import { readSwitch } from "../observe/switch_state.ts";
import { withOvsdb } from "./connected.ts";
import { collect, reportProblems, validateFiles } from "./files.ts";
import { bridgeOptions } from "./options.ts";
import type { Plugins } from "../contracts/registry.ts";
import { pipelineChoice, pipelineOption } from "./pipeline_option.ts";
import { resolverOption, resolversOf } from "./resolver_option.ts";
import { loadAll, pluginsOption } from "./plugin_files.ts";

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
    .description("Show the ports and flows that would change on the bridge. Writes nothing.")
    .addOption(
      new Option("-f, --file <path>", "a manifest or a folder of manifests; may be given again")
        .argParser(collect).default([] as readonly string[]).makeOptionMandatory(),
    )
    .addOption(new Option("--node <name>", "plan for this node").env("SLUICE_NODE"))
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

interface PlanInputs {
  readonly config: PlanConfig;
  readonly plugins: Plugins;
  readonly pipelines: PipelineChoice;
  readonly found: Awaited<ReturnType<typeof validateFiles>>;
}

async function planOn(session: OvsdbSession, inputs: PlanInputs): Promise<void> {
  const { config: { bridge } } = inputs;
  const opened = new Set<number>();
  const model = modelOf(session, inputs, opened);
  fill(model, session, inputs);
  const seen = await observeSwitch(model, session, inputs);
  if (seen.blockers.length > 0) {
    printConditions(bridge, seen.blockers);
    Deno.exitCode = 1;
    return;
  }
  const flooding = new Set(seen.flooding);
  const changes = floodChanges(session, bridge);
  print(plan({ model, opened, link: readLink, flooding, floodChanges: changes }), model);
}

function modelOf(
  session: OvsdbSession,
  { config, plugins, pipelines }: PlanInputs,
  opened: ReadonlySet<number>,
): Model {
  const { bridge, tableBase, resolver, node } = config;
  const maker = new PipelineMaker({
    tableBase,
    onFailure: (_, { message }) => console.log(`! ${bridge}: ${message}`),
  });
  const around = ovsSurroundings(() => session.cache, bridge);
  return new Model({
    resolvers: resolversOf(resolver, plugins),
    marking: [...plugins.resolvers.values()],
    pipeline: maker.make(pipelines, bridgeFacts(session.cache, bridge) ?? unknownBridge(bridge)),
    ...(node !== undefined && { node }),
    surroundings: {
      ...around,
      device: readDevice,
      isReceivedFrom: (index) => opened.has(index) || around.isReceivedFrom(index),
    },
  });
}

interface Seen {
  /** The conditions under which the agent could write nothing; none if it could. */
  readonly blockers: readonly Condition[];
  /** Names of the ports that take part in flooding. */
  readonly flooding: readonly string[];
}

/** Reads the switch into the model. */
async function observeSwitch(
  model: Model,
  session: OvsdbSession,
  { config }: PlanInputs,
): Promise<Seen> {
  const blockers = bridgeConditions(session.cache, config.bridge);
  if (blockers.length > 0) return { blockers, flooding: [] };
  try {
    await using client = await OpenFlowClient.connect(openflowAddress(config));
    const state = await readSwitch(client, model.pipeline.tables);
    const unusable = takeObservation(model, state);
    const flooding = await readFlooding(client.address);
    model.setFloodingUnstoppable(flooding === undefined);
    return { blockers: unusable ? [unusable] : [], flooding: flooding ?? [] };
  } catch (error) {
    if (!(error instanceof ProtocolMissingError)) throw error;
    return { blockers: [protocolMissing(config.bridge)], flooding: [] };
  }
}

/** The ports that flood; nothing if the bridge does not allow OpenFlow 1.0, by which ports are taken out of flooding. */
async function readFlooding(address: string): Promise<string[] | undefined> {
  try {
    const ports = await readFloodConfig(address);
    return ports.filter(({ config }) => !config.has("NO_FLOOD")).map(({ name }) => name);
  } catch (error) {
    if (error instanceof ProtocolMissingError) return undefined;
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

function print({ ports, flooding, flows }: Plan, model: Model): void {
  for (const port of ports) console.log(`${SIGN[port.change]} port ${portText(port)}`);
  for (const { name, floods } of flooding) {
    console.log(`${SIGN.change} port ${name} ${floods ? "flood" : "no-flood"}`);
  }
  for (const { command, flow } of flows) console.log(`${SIGN[command]} flow ${formatFlow(flow)}`);
  for (const control of model.controls.values()) {
    printConditions(control.name, controlConditions(model, control));
  }
  const signs: readonly string[] = [
    ...ports.map(({ change }) => SIGN[change]),
    ...flooding.map(() => SIGN.change),
    ...flows.map(({ command }) => SIGN[command]),
  ];
  const count = (wanted: string) => signs.filter((sign) => sign === wanted).length;
  console.log(`${count("+")} to add, ${count("~")} to change, ${count("-")} to remove`);
}

function portText({ name, type, options, mtu, farEnd, placeholder }: PortPlan): string {
  const settings = Object.entries(options).map(([key, value]) => ` ${key}=${value}`).join("");
  const request = mtu === undefined ? "" : ` mtu_request=${mtu}`;
  const other = farEnd ? `, far end ${farEnd.name} on bridge ${farEnd.bridge}` : "";
  const number = placeholder === undefined ? "" : ` (shown below as port ${placeholder})`;
  return `${name} type=${type || "system"}${settings}${request}${other}${number}`;
}

function printConditions(subject: string, conditions: readonly Condition[]): void {
  for (const each of conditions) console.log(`! ${subject}: ${each.reason}: ${sentence(each)}`);
}
