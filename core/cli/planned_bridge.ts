/** The model of a bridge as it is now, and what an agent would change there. It writes nothing. @module */
import { type BridgeConfig, openflowAddress } from "../agent/config.ts";
import { type PipelineChoice, unknownBridge } from "../agent/pipeline_choice.ts";
import { PipelineMaker } from "../agent/pipeline_maker.ts";
import { stoppedPorts } from "../apply/port_up.ts";
import { floodChanges } from "../apply/flooding.ts";
import { type Plan, plan } from "../apply/plan.ts";
import type { Condition } from "../contracts/condition.ts";
import type { Plugins } from "../contracts/registry.ts";
import type { Model } from "../model/model.ts";
import { modelOf } from "../model/model_of_several.ts";
import { bridgeConditions } from "../observe/bridge_conditions.ts";
import { bridgeFacts } from "../observe/bridge_facts.ts";
import { farEndsOf, ovsSurroundings, portOnBridge } from "../observe/bridge_rows.ts";
import { isOwnAddress, readDevice, readLink } from "../observe/devices.ts";
import { protocolMissing } from "../observe/switch_connection.ts";
import { takeObservation } from "../observe/switch_observer.ts";
import { findDeliveryTables } from "../observe/deliveries.ts";
import { readSwitch } from "../observe/switch_state.ts";
import { FloodClient, OpenFlowClient, ProtocolMissingError } from "../openflow/mod.ts";
import type { OvsdbSession } from "../ovsdb/mod.ts";
import { resolversOf } from "./resolver_option.ts";

export interface BridgeInputs {
  readonly config: BridgeConfig & { readonly node?: string; readonly resolver?: string };
  /** The names of all bridges that the agent is to work on. */
  readonly bridges: readonly string[];
  readonly plugins: Plugins;
  readonly pipelines: PipelineChoice;
  /** Those that are planned before this one, if there are several. */
  readonly earlier: EarlierBridges;
}

/** The bridges that are planned already: of several that need a port of one name, the first one has it. */
export class EarlierBridges {
  readonly #models = new Map<string, Model>();

  /** @param bridge One that nothing blocks, in the order of the settings. */
  add(bridge: string, model: Model): void {
    this.#models.set(bridge, model);
  }

  /** The first of them that is to have a port of that name. */
  readonly claimedBy = (port: string): string | undefined =>
    [...this.#models].find(([, { wanted }]) => wanted.isWanted(port))?.[0];
}

export interface BridgeNow {
  readonly model: Model;
  readonly earlier: EarlierBridges;
  /** The ifindexes of devices that Open vSwitch will have opened: `plan` adds those of planned ports. */
  readonly opened: Set<number>;
}

/** A model with the ports of the bridge, and without objects. @param onFailure Gets why a pipeline cannot be made. */
export function bridgeNow(
  session: OvsdbSession,
  { config, bridges, plugins, pipelines, earlier }: BridgeInputs,
  onFailure: (message: string) => void = () => {},
): BridgeNow {
  const { bridge, tableBase, resolver, node } = config;
  const maker = new PipelineMaker({
    tableBase,
    onFailure: (_, { message }) => onFailure(message),
  });
  const opened = new Set<number>();
  const around = ovsSurroundings(() => session.cache, bridge, bridges);
  const facts = bridgeFacts(session.cache, bridge) ?? unknownBridge(bridge);
  const options = {
    resolvers: resolversOf(resolver, plugins),
    marking: [...plugins.resolvers.values()],
    pipeline: maker.make(pipelines, facts),
    ...(node !== undefined && { node }),
    surroundings: {
      ...around,
      claimedBy: earlier.claimedBy,
      device: readDevice,
      isOwnAddress,
      isReceivedFrom: (index: number) => opened.has(index) || around.isReceivedFrom(index),
    },
  };
  const model = modelOf(options, { bridge, bridges });
  model.datapath.setFacts(facts);
  for (const { name } of session.cache.all("Interface")) {
    const port = portOnBridge(session.cache, bridge, name);
    if (port) model.setPort(name, port);
  }
  for (const [name, farEnd] of farEndsOf(session.cache, bridge)) {
    model.wanted.setFarEnd(name, farEnd);
  }
  return { model, opened, earlier };
}

/**
 * Reads the switch into the model, which has all objects, and plans. Several bridges are planned in the order of the settings.
 *
 * @returns The plan, or the conditions under which the agent could write nothing.
 */
export async function planBridge(
  session: OvsdbSession,
  { model, opened, earlier }: BridgeNow,
  config: BridgeConfig,
): Promise<Plan | readonly Condition[]> {
  const { bridge } = config;
  const { blockers, flooding } = await observeSwitch(model, session, config);
  if (blockers.length > 0) return blockers;
  const planned = plan({
    model,
    opened,
    link: readLink,
    flooding: new Set(flooding),
    floodChanges: floodChanges(session, bridge),
  });
  earlier.add(bridge, model);
  return planned;
}

export const isBlocked = (found: Plan | readonly Condition[]): found is readonly Condition[] =>
  Array.isArray(found);

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
  config: BridgeConfig,
): Promise<Seen> {
  const blockers = bridgeConditions(session.cache, config.bridge);
  if (blockers.length > 0) return { blockers, flooding: [] };
  try {
    await using client = await OpenFlowClient.connect(openflowAddress(config));
    const { pipeline: { type, tables }, ports } = model;
    const owners = await findDeliveryTables(client, type, ports);
    const state = await readSwitch(client, { ...tables, owners, marks: type.marks });
    const unusable = takeObservation(model, state);
    const flooding = await readFlooding(client.address);
    model.setFloodingUnstoppable(flooding === undefined);
    model.wanted.setStopped(stoppedPorts(state.ports));
    return { blockers: unusable ? [unusable] : [], flooding: flooding ?? [] };
  } catch (error) {
    if (!(error instanceof ProtocolMissingError)) throw error;
    return { blockers: [protocolMissing(config.bridge)], flooding: [] };
  }
}

/** The ports that flood; nothing if the bridge does not allow OpenFlow 1.0, by which ports are taken out of flooding. */
async function readFlooding(address: string): Promise<string[] | undefined> {
  try {
    await using client = await FloodClient.connect(address);
    return [...client.ports.values()].filter(({ config }) => !config.has("NO_FLOOD")).map((
      { name },
    ) => name);
  } catch (error) {
    if (error instanceof ProtocolMissingError) return undefined;
    throw error;
  }
}
