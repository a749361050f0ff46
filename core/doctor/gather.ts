/** Gathers the facts of a node. All reading of sockets, files and the clock is here. It writes nothing. @module */
import { LIMITS } from "../base/limits.ts";
import { type AgentBridgeConfig, openflowAddress } from "../agent/config.ts";
import { choosePipeline, type PipelineChoice, unknownBridge } from "../agent/pipeline_choice.ts";
import { lockName } from "../base/marks.ts";
import { timeLimit } from "../base/timer.ts";
import type { Diagnosis, Pipeline, Source } from "../contracts/mod.ts";
import { usedPipeline } from "../model/flows/used_pipeline.ts";
import { bridgeFacts } from "../observe/bridge_facts.ts";
import { readMTU } from "../observe/devices.ts";
import { FloodClient, OpenFlowClient, ProtocolMissingError } from "../openflow/mod.ts";
import { type BridgeView, bridgeView, type Cache, isLocked, OvsdbClient } from "../ovsdb/mod.ts";
import { readSwitch, type SwitchState } from "../observe/switch_state.ts";
import { askAgent } from "./ask_agent.ts";
import { findDefaultDevice } from "./default_device.ts";
import type { AgentFacts, ControlFacts, Facts, ProtocolFacts, SocketFacts } from "./facts.ts";
import { ifKnown, type Known, known, unknown } from "./known.ts";
import { findSuricata } from "./suricata.ts";
import { findOtherSockets, trySocket } from "./try_socket.ts";

/** The part of a source that the doctor uses. */
export type Examinable = Pick<Source, "name" | "diagnose">;

export interface GatherOptions {
  readonly config: AgentBridgeConfig;
  /** All bridges of the settings. */
  readonly bridges: readonly string[];
  /** When the doctor looks, in milliseconds: once for all bridges, so that it has one finding about the clock. */
  readonly now: number;
  readonly pipelines: PipelineChoice;
  readonly configFile: Facts["configFile"];
  readonly source: Known<Examinable>;
  /** Reads the present content of OVSDB. */
  readonly readDatabase: (address: string) => Promise<Cache>;
  /** Plans what an agent would do. */
  readonly plan: () => Promise<readonly ControlFacts[]>;
}

export async function gather(options: GatherOptions): Promise<Facts> {
  const { config, bridges, now, configFile } = options;
  const [ovs, agent, source, otherSockets] = await Promise.all([
    readOpenVSwitch(options),
    askAgent(config),
    diagnose(options.source),
    findOtherSockets(config.ovsdb),
  ]);
  return {
    ...ovs,
    controls: await controlsOf(agent, ovs, options),
    config,
    bridges,
    configFile,
    agent,
    source,
    otherSockets,
    uid: ownUid(),
    now,
    suricata: findSuricata(),
    defaultDevice: findDefaultDevice(),
    mtuOf: readMTU,
  };
}

/** Of an agent that works on another bridge, and of one that gives no answer, nothing is known. */
async function controlsOf(
  agent: AgentFacts,
  { database, openflowSocket }: OvsFacts,
  { config, plan }: GatherOptions,
): Promise<Facts["controls"]> {
  if (agent.state === "running") {
    return agent.bridges.includes(config.bridge)
      ? known(agent.controls)
      : unknown("the agent works on another bridge");
  }
  if (agent.state !== "absent") return unknown("the agent does not answer");
  if ("unknown" in database) return database;
  if ("unknown" in openflowSocket) return openflowSocket;
  return await attempt(plan);
}

/** The effective user's number: proc_pid(5) says that it owns the files of its process. */
function ownUid(): number {
  return Deno.statSync("/proc/self").uid ?? 0;
}

/** @returns What `get` gives, or the message of its error. */
async function attempt<T>(get: () => Promise<T>): Promise<Known<T>> {
  try {
    return known(await get());
  } catch (error) {
    return unknown((error as Error).message);
  }
}

type OvsFacts =
  & Pick<Facts, "ovsdbSocket" | "database" | "bridge" | "isLocked" | "pipeline">
  & OpenFlowFacts;

async function readOpenVSwitch({ config, pipelines, readDatabase }: GatherOptions) {
  const ovsdbSocket = await trySocket(config.ovsdb, async (address) => {
    await using _ = await OvsdbClient.connect(address, { timeout: LIMITS.doctorAnswer });
  });
  const database: Known<Cache> = ovsdbSocket.state === "answers"
    ? await attempt(() => readDatabase(config.ovsdb))
    : unknown("OVSDB cannot be reached");
  const bridge = ifKnown(database, (cache): Known<BridgeView> => {
    const view = bridgeView(cache, config.bridge);
    return view ? known(view) : unknown(`bridge "${config.bridge}" does not exist`);
  });
  const facts = "value" in database ? bridgeFacts(database.value, config.bridge) : undefined;
  const type = choosePipeline(pipelines, facts ?? unknownBridge(config.bridge));
  const pipeline = usedPipeline(type, config.tableBase);
  const openflow = "value" in bridge
    ? await readOpenFlow(config, pipeline)
    : { openflowSocket: bridge, protocols: bridge, flows: bridge };
  const lock = "value" in bridge ? await attempt(() => readLock(config)) : bridge;
  return {
    ovsdbSocket,
    database,
    bridge,
    isLocked: lock,
    pipeline,
    ...openflow,
  } satisfies OvsFacts;
}

/** Asks for the lock of the bridge, and gives it up at once: an agent that starts meanwhile gets it then. */
async function readLock({ ovsdb, bridge }: AgentBridgeConfig): Promise<boolean> {
  await using client = await OvsdbClient.connect(ovsdb, { timeout: LIMITS.doctorAnswer });
  return await isLocked(client, lockName(bridge));
}

type OpenFlowFacts = Pick<Facts, "openflowSocket" | "protocols" | "flows">;

async function readOpenFlow(
  config: AgentBridgeConfig,
  { tables }: Pipeline,
): Promise<OpenFlowFacts> {
  const address = await attempt(() => Promise.resolve(openflowAddress(config)));
  if ("unknown" in address) {
    return { openflowSocket: address, protocols: address, flows: address };
  }
  let flows: Known<SwitchState> = unknown("the bridge cannot be reached over OpenFlow");
  let protocols: Known<ProtocolFacts> = flows as Known<never>;
  const openflowSocket: SocketFacts = await trySocket(address.value, async (socket) => {
    const flooding = await allows(async () => {
      await using _ = await FloodClient.connect(socket, { timeout: LIMITS.doctorAnswer });
    });
    flows = unknown("the bridge does not allow OpenFlow 1.5");
    const has15 = await allows(async () => {
      await using client = await OpenFlowClient.connect(socket, { timeout: LIMITS.doctorAnswer });
      flows = await attempt(() => readSwitch(client, tables));
    });
    protocols = known({ flows: has15, flooding });
  });
  return { openflowSocket: known(openflowSocket), protocols, flows };
}

/** Whether the bridge allows the version of OpenFlow that `speak` uses. */
async function allows(speak: () => Promise<unknown>): Promise<boolean> {
  try {
    await speak();
    return true;
  } catch (error) {
    if (error instanceof ProtocolMissingError) return false;
    throw error;
  }
}

/** @param timeout In milliseconds. Exported for its test. */
export async function diagnose(
  source: Known<Examinable>,
  timeout: number = LIMITS.doctorSource,
): Promise<Known<readonly Diagnosis[]>> {
  if ("unknown" in source) return source;
  const { value } = source;
  const looking = value.diagnose?.(timeLimit(timeout));
  if (!looking) return unknown(`source "${value.name}" has nothing to look at`);
  return await attempt(() => looking);
}
