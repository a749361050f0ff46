/** `sluice status`: shows what the agent on this node does, or the agents of a cluster. @module */
import { Command, Option } from "@commander-js/extra-typings";
import { TerminalError } from "../base/errors.ts";
import { harmlessJson, harmlessValues } from "../base/foreign_text.ts";
import { LIMITS } from "../base/limits.ts";
import { delay, timeLimit } from "../base/timer.ts";
import { type Condition, cureOf } from "../contracts/condition.ts";
import type { ClusterReader, SourceType } from "../contracts/mod.ts";
import type { State } from "../report/state.ts";
import { type ApiAccess, askAgent } from "./ask_agent.ts";
import { clusterState } from "./cluster_state.ts";
import { clusterText } from "./cluster_text.ts";
import { coloursOf } from "./colour.ts";
import { harmlessYaml } from "./harmless_yaml.ts";
import { DEFAULT_LISTEN, tokenFileOption } from "./options.ts";
import { printError } from "./print.ts";
import { Screen, UntilSignal } from "./screen.ts";
import { formatState } from "./status_text.ts";

const AFTER_HELP = `
What is to be looked at comes first. A "problem" keeps Sluice from doing what is asked for. A "warning"
does not, but look at it. What is "planned" is as the object says: it has not begun yet, or has ended.

COPIED, REDIRECTED and DROPPED are packets of both directions, since the TrafficControl has Pods on
this node; a dash means that it does not do that. "-o json" has bytes and each direction, too.
"-o wide" shows the same for each Pod, for TrafficControls with "counters: PerPod".

Sensors are those that are probed. OPEN says whether packets pass without the sensor, ROUND TRIP is
the time that its last answer took, and EVIDENCE says how its state is known.

--cluster asks no agent, but the API server, with your own rights: you must be allowed to list
trafficcontrols and trafficcontrolnodestatuses; if you may list nodes, too, it names those that do not
report. READY is the number of nodes that have realized the TrafficControl, and of those with its Pods.

With --watch, a terminal shows the present state in one place until Ctrl-C; elsewhere the state is
written again when it has changed. On a terminal long cells are cut, and NO_COLOR turns colours off.`;

/** Milliseconds between two looks. An API server is asked more rarely than an agent. */
const [WATCH_INTERVAL, CLUSTER_INTERVAL] = [2000, 5000];

type Format = "text" | "wide" | "json" | "yaml";

const FOR_PROGRAMS: ReadonlySet<Format> = new Set(["json", "yaml"]);

interface StatusOptions extends ApiAccess {
  readonly address: string;
  readonly output: Format;
  readonly watch?: true | undefined;
  readonly cluster?: true | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

export function statusCommand(sources: ReadonlyMap<string, SourceType>) {
  return new Command("status")
    .description(
      "Show what the agent on this node does: TrafficControls, Pods, sensors, ports, conditions.",
    )
    .option("--address <host:port>", "the agent's local API", DEFAULT_LISTEN)
    .addOption(tokenFileOption("with the token of that API, if it needs one"))
    .option("-w, --watch", "show it again when it changes, until Ctrl-C")
    .option("--cluster", "sum up all nodes, from the API server")
    .option(
      "--kubeconfig <file>",
      "for --cluster; else $KUBECONFIG, ~/.kube/config or the Pod's own",
    )
    .option("--context <name>", "for --cluster: another context of the kubeconfig")
    .addOption(
      new Option("-o, --output <format>", "form of the output")
        .choices(["text", "wide", "json", "yaml"]).default("text" as const),
    )
    .addHelpText("after", AFTER_HELP)
    .action(async (options) => {
      requireCluster(options);
      if (!options.cluster) return await show(options, WATCH_INTERVAL, () => ofNode(options));
      using reader = await openCluster(options, sources);
      await show(options, CLUSTER_INTERVAL, () => ofCluster(reader));
    });
}

/** @throws {TerminalError} If options are given that mean nothing without `--cluster`. */
function requireCluster({ cluster, kubeconfig, context }: StatusOptions): void {
  if (cluster || (kubeconfig === undefined && context === undefined)) return;
  const option = kubeconfig === undefined ? "--context" : "--kubeconfig";
  throw new TerminalError(`Cannot use ${option} without --cluster`);
}

function openCluster(
  { kubeconfig, context }: StatusOptions,
  sources: ReadonlyMap<string, SourceType>,
): Promise<ClusterReader> {
  const source = [...sources.values()].find(({ openCluster }) => openCluster !== undefined);
  if (source) return source.openCluster!({ kubeconfig, context });
  throw new TerminalError("Cannot sum up a cluster: no source of this program has one");
}

/** What is shown, in all its forms. */
interface Shown {
  readonly value: object;
  /** With escape sequences of colours, and else of harmless text alone. */
  text(look: Parameters<typeof formatState>[1] & object): string;
}

async function ofNode({ address, ...access }: StatusOptions): Promise<Shown> {
  const state = await askAgent<State>(address, "/api/v1/state", access);
  return { value: withCures(state), text: (look) => formatState(harmlessValues(state), look) };
}

async function ofCluster(reader: ClusterReader): Promise<Shown> {
  const state = clusterState(await reader.read(timeLimit(LIMITS.apiRequest)));
  const colours = coloursOf();
  return {
    value: state,
    text: (look) => clusterText(harmlessValues(state), { colours, ...look }),
  };
}

/** Programs read a cure where the text has one: also that which belongs to the reason. */
export function withCures(state: State): State {
  const cured = (conditions: readonly Condition[]) =>
    conditions.map((each): Condition => {
      const cure = cureOf(each);
      return cure === undefined ? each : { ...each, cure };
    });
  return {
    ...state,
    conditions: cured(state.conditions),
    trafficControls: state.trafficControls.map((control) => ({
      ...control,
      conditions: cured(control.conditions),
    })),
  };
}

/** @param interval Milliseconds between two looks. @throws {SluiceError} If the first look fails. */
async function show(
  options: StatusOptions,
  interval: number,
  look: () => Promise<Shown>,
): Promise<void> {
  using screen = new Screen({ isForPrograms: FOR_PROGRAMS.has(options.output) });
  const first = await look();
  if (!options.watch) return screen.write(written(first, options, screen));
  using until = new UntilSignal();
  let before = "";
  const tell = (shown: Shown) => {
    const text = written(shown, options, screen);
    if (text !== before) screen.show(text);
    before = text;
  };
  tell(first);
  for (let trouble = "";;) {
    await delay(interval, until.signal);
    if (until.signal.aborted) return;
    const shown = await look().catch((error: Error) => error);
    if (!(shown instanceof Error)) tell(shown);
    else if (screen.isRedrawn) {
      screen.show(`${coloursOf().bad(harmlessValues(shown.message))}\n\n${before}`);
    } else if (shown.message !== trouble) printError(shown.message);
    trouble = shown instanceof Error ? shown.message : "";
  }
}

/** The text in the form that is asked for. */
function written({ value, text }: Shown, { output, watch }: StatusOptions, screen: Screen): string {
  if (output === "json") {
    return `${harmlessJson(JSON.stringify(value, undefined, watch ? undefined : 2))}\n`;
  }
  if (output === "yaml") return `${watch ? "---\n" : ""}${harmlessYaml(value)}`;
  return text({ wide: output === "wide", width: screen.width, colours: coloursOf() });
}
