/** `sluice trace`: says what happens to a packet, from Open vSwitch's own trace. It changes nothing. @module */
import { type CommandUnknownOpts, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { Plugins } from "../contracts/registry.ts";
import { normalIP } from "../trace/addresses.ts";
import { isMAC } from "../trace/mac.ts";
import { PROTOCOLS } from "../trace/packet.ts";
import { bridgeOptions, DEFAULT_LISTEN, tokenFileOption } from "./options.ts";
import { pipelineOption } from "./pipeline_option.ts";
import { pluginsOption } from "./plugin_files.ts";
import type { PodName, SenderName, TraceOptions } from "./trace_options.ts";

const AFTER_HELP = `
The packet is the first one of a connection, or an echo request, unless --established or --reply
says otherwise. Nothing is sent: Open vSwitch says what it would do with such a packet now.

What the agent knows (Pods, TrafficControls) is asked of its local API. Without an agent, only Pods
are known whose names the CNI writes into OVSDB, and no names of TrafficControls. What is behind
another port is traced with "port/NAME", --from-ip and --to-mac.`;

const HIGHEST_PORT = 0xffff;
/** The first port that is for connections of clients: RFC 6335 section 6. */
const CLIENT_PORT = 49_152;

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= HIGHEST_PORT) return port;
  throw new InvalidArgumentError(`Cannot use it: not a number from 0 to ${HIGHEST_PORT}`);
}

function readIP(text: string): string {
  const ip = normalIP(text);
  if (ip !== undefined) return ip;
  throw new InvalidArgumentError("Cannot use it: not an IP address");
}

function readMAC(text: string): string {
  if (isMAC(text)) return text.toLowerCase();
  throw new InvalidArgumentError("Cannot use it: not a MAC, as in 02:00:00:00:00:01");
}

/** `pod/NAMESPACE/NAME`. */
const POD = /^pod\/(?<namespace>[^/]+)\/(?<name>[^/]+)$/;

function readPod(text: string): PodName {
  const found = POD.exec(text)?.groups;
  if (found) return { pod: `${found.namespace}/${found.name}` };
  throw new InvalidArgumentError("Cannot use it: not pod/NAMESPACE/NAME");
}

function readSender(text: string): SenderName {
  const port = /^port\/(?<name>[^/]+)$/.exec(text)?.groups?.name;
  return port === undefined ? readPod(text) : { pod: "", port };
}

function readDestination(text: string): PodName | { readonly ip: string } {
  const ip = normalIP(text);
  return ip === undefined ? readPod(text) : { ip };
}

/** The options that say which packet it is. */
function packetOptions() {
  return bridgeOptions().name("trace")
    .argument("<from>", "what sends it: pod/NAMESPACE/NAME, or port/NAME", readSender)
    .addOption(
      new Option("--to <destination>", "pod/NAMESPACE/NAME or an IP address")
        .argParser(readDestination).makeOptionMandatory(),
    )
    .addOption(
      new Option("--protocol <name>", "its protocol").choices(PROTOCOLS).default("tcp" as const),
    )
    .addOption(
      new Option("--port <number>", "the port that it is sent to; not for icmp")
        .argParser(readPort),
    )
    .addOption(
      new Option("--from-port <number>", "the port that it is sent from").argParser(readPort)
        .default(CLIENT_PORT),
    )
    .addOption(
      new Option("--ip <version>", "which addresses of two Pods").choices(["4", "6"])
        .default("4" as const),
    )
    .option("--established", "a later packet of a connection")
    .option("--reply", "the answer: from --to, which has to be a Pod of this node, to <from>")
    .addOption(
      new Option("--to-mac <mac>", "its destination MAC, where it does not follow from the bridge")
        .argParser(readMAC),
    )
    .addOption(
      new Option("--from-ip <address>", "its source address, if another one than is known")
        .argParser(readIP),
    )
    .addOption(
      new Option("--from-mac <mac>", "its source MAC, if another one than is known")
        .argParser(readMAC),
    );
}

export function traceCommand(builtIn: Plugins) {
  const command = packetOptions()
    .description("Say what happens to a packet of a Pod. Sends and changes nothing.")
    .option("--address <host:port>", "the agent's local API", DEFAULT_LISTEN)
    .addOption(tokenFileOption("with the token of that API, if it needs one"))
    .addOption(pipelineOption(builtIn))
    .addOption(pluginsOption())
    .addOption(
      new Option("-o, --output <format>", "form of the output").choices(["text", "json"])
        .default("text" as const),
    )
    .addHelpText("after", AFTER_HELP);
  return command.action(async (from, options) => {
    // Only this command needs what it reads
    const { runTrace } = await import("./trace_run.ts");
    await runTrace({ ...options, from, given: givenBridge(command), builtIn } as TraceOptions);
  });
}

/** Whether the user names the bridge. Otherwise it is the one that has the Pod's port. */
function givenBridge(command: CommandUnknownOpts): boolean {
  return command.getOptionValueSource("bridge") !== "default";
}
