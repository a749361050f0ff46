/** What `sluice trace` does: it collects what is known, finds the packet, and asks Open vSwitch about it. @module */
import { openflowAddress } from "../agent/config.ts";
import { choosePipeline, unknownBridge } from "../agent/pipeline_choice.ts";
import { SluiceError } from "../base/errors.ts";
import { harmlessValues } from "../base/foreign_text.ts";
import { usedPipeline } from "../model/flows/used_pipeline.ts";
import { bridgeFacts } from "../observe/bridge_facts.ts";
import { OpenFlowClient } from "../openflow/mod.ts";
import { type BridgeView, bridgeView, type Cache, interfaceByName } from "../ovsdb/mod.ts";
import type { State } from "../report/state.ts";
import { normalIP } from "../trace/addresses.ts";
import { podsOfCNIs } from "../trace/cni_pods.ts";
import { ControlSocket } from "../trace/control_socket.ts";
import { DatapathPorts } from "../trace/datapath_ports.ts";
import { KnownRows } from "../trace/known_rows.ts";
import { nextMAC } from "../trace/next_mac.ts";
import { macsSeenAt } from "../trace/mac_table.ts";
import type { TracedPacket } from "../trace/packet.ts";
import { type Ends, endsOf, packetOf } from "../trace/question.ts";
import type { Told } from "../trace/told.ts";
import { follow } from "../trace/way.ts";
import { toWords } from "../trace/words.ts";
import { type PodPort, World } from "../trace/world.ts";
import { askAgent } from "./ask_agent.ts";
import { withOvsdb } from "./connected.ts";
import { pipelineChoice } from "./pipeline_option.ts";
import { loadAll } from "./plugin_files.ts";
import { printJson, printText } from "./print.ts";
import type { TraceOptions } from "./trace_options.ts";

export async function runTrace(options: TraceOptions): Promise<void> {
  const asked = await stateOf(options);
  const told = await withOvsdb(options.ovsdb, ({ cache }) => traceOf(options, cache, asked));
  if (options.output === "json") printJson(told);
  else printText(toWords(harmlessValues(told)));
}

/** What the agent says, or why it says nothing. */
export type Asked = { readonly state: State } | { readonly silent: string };

async function stateOf({ address, ...access }: TraceOptions): Promise<Asked> {
  try {
    return { state: await askAgent<State>(address, "/api/v1/state", access) };
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return { silent: error.message };
  }
}

function podsIn({ pods }: State): PodPort[] {
  return pods.flatMap(({ namespace, name, ports }) =>
    ports.map(({ name: port, macs, ips = [] }) => ({
      pod: `${namespace}/${name}`,
      port,
      macs,
      ips: ips.map(normalIP).filter((ip) => ip !== undefined),
    }))
  );
}

/** @throws {SluiceError} If there is no such packet, or Open vSwitch does not answer. */
export async function traceOf(options: TraceOptions, cache: Cache, asked: Asked): Promise<Told> {
  await using control = await ControlSocket.connect(runDir(options));
  const ports = new DatapathPorts(await control.ask("dpif/show"));
  const known = "state" in asked ? podsIn(asked.state) : podsOfNode(cache);
  const named = await namedPort(options, known, { control, ports });
  const pods = named ? [...known, named] : known;
  const sender = named && !options.reply ? named : senderOf(options, pods);
  if (!sender) throw unknownSender(options, asked);
  const bridge = bridgeOf(options, cache, sender.port);
  const controls = "state" in asked ? asked.state.trafficControls : [];
  const rows = new KnownRows(await pipelineOf(options, cache, bridge.row.name));
  const world = new World({ pods, controls, ports, rows });
  const ends = endsOf(options, world);
  const { mac, why } = await destinationOf(options, ends, { cache, bridge, world });
  const packet = packetOf(options, ends, mac);
  const followed = await follow(
    { port: ends.sender.port, packet },
    world,
    (name, flow) => control.ask("ofproto/trace", ...ctStates(options), name, flow),
  );
  return {
    packet,
    destinationMACIs: why,
    steps: followed.steps,
    assumed: assumptions(options, followed.steps.length, packet),
    unknown: [...followed.unknown, ...("silent" in asked ? [withoutAgent(asked.silent)] : [])],
  };
}

/** The port that the user names, as if it were a Pod's: the bridge knows which MAC it has seen there. */
async function namedPort(
  { from: { port }, fromIp, fromMac }: TraceOptions,
  pods: readonly PodPort[],
  { control, ports }: { readonly control: ControlSocket; readonly ports: DatapathPorts },
): Promise<PodPort | undefined> {
  if (port === undefined) return undefined;
  const found = ports.named(port);
  if (!found) throw new SluiceError(`Cannot trace from port "${port}": it is on no bridge`);
  const own = pods.find((pod) => pod.port === port);
  const seen = macsSeenAt(await control.ask("fdb/show", found.bridge), found.ofport);
  const macs = fromMac === undefined ? own?.macs ?? seen : [fromMac];
  return { pod: "", port, macs, ips: fromIp === undefined ? own?.ips ?? [] : [fromIp] };
}

function unknownSender({ from, to, reply }: TraceOptions, asked: Asked): SluiceError {
  const name = reply ? "pod" in to ? to.pod : to.ip : from.pod;
  const why = "silent" in asked
    ? `no agent answers, so only Pods are known that the CNI names in OVSDB: ${asked.silent}`
    : "the agent knows no port of it on this node";
  return new SluiceError(`Cannot find Pod "${name}": ${why}`);
}

interface Around {
  readonly cache: Cache;
  readonly bridge: BridgeView;
  readonly world: World;
}

/** The MAC that the packet is sent to. @throws {SluiceError} If it is not known. */
async function destinationOf(
  options: TraceOptions,
  { sender: { port }, destinationIP }: Ends,
  { cache, bridge, world }: Around,
): Promise<{ readonly mac: string; readonly why: string }> {
  if (options.toMac !== undefined) return { mac: options.toMac, why: "as --to-mac says" };
  const found = await nextMAC({
    port,
    ofport: world.ports.named(port)?.ofport ?? 0,
    bridge,
    cache,
    destinationIP,
    receivers: world.podsWith(destinationIP),
    isOVN: world.rows.isOVN,
    flows: () => allFlows({ ...options, bridge: bridge.row.name }),
  });
  if (!("unknown" in found)) return found;
  throw new SluiceError(`Cannot find the destination MAC: ${found.unknown}; give --to-mac`);
}

const withoutAgent = (why: string) =>
  `the names of TrafficControls, and which pairs of ports sensors have: ${why}`;

/** The Pods of all bridges. */
function podsOfNode(cache: Cache): PodPort[] {
  const names = [...cache.all("Bridge")].map(({ name }) => name);
  const views = names.map((name) => bridgeView(cache, name)).filter((view) => view !== undefined);
  return views.flatMap((view) => podsOfCNIs(cache, view));
}

/** A port of the Pod that sends the packet. */
function senderOf({ from, to, reply }: TraceOptions, pods: readonly PodPort[]) {
  if (!reply) return pods.find(({ pod }) => pod === from.pod);
  return pods.find(({ pod, ips }) => "pod" in to ? pod === to.pod : ips.includes(to.ip));
}

/** The bridge that is named, or the one that has the port. */
function bridgeOf(
  { bridge: [first], given }: TraceOptions,
  cache: Cache,
  port: string,
): BridgeView {
  const name = given ? first! : interfaceByName(cache, port)?.bridge?.name ?? first!;
  const view = bridgeView(cache, name);
  if (view) return view;
  throw new SluiceError(`Cannot trace on bridge "${name}": it does not exist`);
}

async function pipelineOf(options: TraceOptions, cache: Cache, bridge: string) {
  const plugins = await loadAll(options.builtIn, options.plugins);
  const choice = pipelineChoice(plugins, options.builtIn, options.pipeline);
  const facts = bridgeFacts(cache, bridge) ?? unknownBridge(bridge);
  return usedPipeline(choosePipeline(choice, facts), options.tableBase);
}

/** The folder of ovs-vswitchd's sockets. */
function runDir({ ovsRunDir, ovsdb }: TraceOptions): string {
  const folder = ovsRunDir ?? /^unix:(?<folder>.*)\/[^/]*$/.exec(ovsdb)?.groups?.folder;
  if (folder !== undefined) return folder;
  throw new SluiceError(
    `Cannot find ovs-vswitchd's control socket: OVSDB is at "${ovsdb}", so set --ovs-run-dir`,
  );
}

async function allFlows(config: Parameters<typeof openflowAddress>[0]) {
  await using client = await OpenFlowClient.connect(openflowAddress(config));
  return await client.flows({});
}

/** How often a packet goes through connection tracking at most: OVN does it a few times. */
const MOST_CONNECTIONS = 16;

/** What connection tracking is to find, each time that the packet goes there. */
function ctStates({ established, reply }: TraceOptions): string[] {
  if (!established && !reply) return [];
  const state = reply ? "trk,est,rpl" : "trk,est";
  return Array.from({ length: MOST_CONNECTIONS }, () => ["--ct-next", state]).flat();
}

function assumptions(
  { established, reply }: TraceOptions,
  steps: number,
  { protocol }: TracedPacket,
): string[] {
  const connection = reply
    ? "it is the answer within a connection"
    : established
    ? "it belongs to a connection that there is already"
    : protocol === "icmp"
    ? "it is an echo request, the first one"
    : "it is the first packet of its connection";
  return [
    connection,
    ...(steps > 1 ? ["each sensor sends the packet on as it has got it"] : []),
  ];
}
