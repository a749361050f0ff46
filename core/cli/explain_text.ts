/** Explanations as text. @module */
import { LIMITS } from "../base/limits.ts";
import { type Condition, isPlanned } from "../contracts/condition.ts";
import type {
  ControlExplanation,
  ControlOfPod,
  Difference,
  ExplainedDirection,
  ExplainedFlow,
  ExplainedPort,
  Outcome,
  PodExplanation,
  PortOfControl,
} from "../explain/explanation.ts";
import { severityOf, worstFirst } from "./severity.ts";
import { formatTable } from "./table.ts";

const NONE = "-";

/** The first items as lines, and how many others there are. */
function capped<Item>(items: readonly Item[], lineOf: (item: Item) => string): string {
  const most = LIMITS.explainedItems;
  const left = items.length - most;
  const more = left > 0 ? `  ... and ${left} more: -o json has all\n` : "";
  return items.slice(0, most).map((item) => `  ${lineOf(item)}\n`).join("") + more;
}

const section = (title: string, body: string) => body && `\n${title}\n${body}`;
const on = (node: string | undefined) => node === undefined ? "" : ` on node ${node}`;
const listed = (words: readonly string[]) => words.join(", ") || NONE;

interface Said {
  /** What the condition is about; nothing if that is what was asked for. */
  readonly subject?: string;
  readonly condition: Condition;
}

/** Problems first, each with its cure; a text that several say is there once. */
function formatSaid(said: readonly Said[]): string {
  const once = new Map<string, Said>();
  for (const each of said) once.getOrInsert(each.condition.message, each);
  const sorted = [...once.values()]
    .sort((one, other) => worstFirst(one.condition, other.condition));
  const texts = sorted.map(({ subject, condition }) => {
    const { reason, message, cure } = condition;
    const about = subject === undefined ? "" : `${subject}: `;
    const end = cure === undefined ? "" : `    cure: ${cure}\n`;
    return `  ${severityOf(condition)}: ${about}${reason}: ${message}\n${end}`;
  });
  return texts.length > 0 ? `\n${texts.join("")}` : "";
}

/** What differs, in one line. */
function whyNot(differs: readonly Difference[]): string {
  return differs.length === 0
    ? "it has no selector, so it selects no Pod"
    : differs.map(({ message }) => message).join("; ");
}

function formatFlows(flows: readonly ExplainedFlow[]): string {
  return capped(flows, ({ flow, isThere }) => isThere ? flow : `${flow}   (not in the switch yet)`);
}

// --- A Pod ---

export function formatPod(explanation: PodExplanation): string {
  const { pod, node, labels, namespaceLabels, ports, conditions, trafficControls } = explanation;
  const isSelecting = ({ outcome }: ControlOfPod) => outcome !== "not selected";
  const selecting = trafficControls.filter(isSelecting);
  const others = trafficControls.filter((each) => !isSelecting(each));
  const said = [
    ...conditions.map((condition) => ({ condition })),
    ...selecting.flatMap(({ name, conditions }) =>
      conditions.map((condition) => ({ subject: `tc/${name}`, condition }))
    ),
  ];
  const [count, all] = [selecting.length, trafficControls.length];
  return [
    `Pod ${pod}${on(node)}: ${count} of ${all} TrafficControls ${
      count === 1 ? "selects" : "select"
    } it\n`,
    formatSaid(said),
    `\nLabels:              ${listed(labels)}\nLabels of Namespace: ${listed(namespaceLabels)}\n`,
    ports.length > 0 ? ports.map(formatPort).join("") : "\nIt is on no port of the bridge.\n",
    section("Selected by", formatSelecting(selecting)),
    section(
      "Not selected by",
      capped(others, ({ name, differs }) => `${name}: ${whyNot(differs)}`),
    ),
    ports.map(formatPortFlows).join(""),
  ].join("");
}

function formatPort({ bridge, name, ofport, macs, ips, directions }: ExplainedPort): string {
  const head = `Port ${name} on bridge ${bridge}: OpenFlow port ${ofport ?? NONE}, ` +
    `MAC ${listed(macs)}, IP ${listed(ips)}`;
  return `\n${head}\n${directions.map(formatDirection).join("")}`;
}

const WORDS = { egress: "what it sends", ingress: "what it receives" } as const;

function formatDirection({ direction, does, decisions }: ExplainedDirection): string {
  const done = does.length > 0 ? does.join("; ") : "nothing is done";
  return `  ${WORDS[direction]}: ${done}\n` +
    decisions.map((decision) => `    ${decision}\n`).join("");
}

/** Outcomes that need no reason beside them. */
const CLEAR: readonly Outcome[] = ["in effect", "planned", "superseded", "blocked"];

function formatSelecting(controls: readonly ControlOfPod[]): string {
  if (controls.length === 0) return "";
  return formatTable(
    ["NAME", "ACTION", "DIRECTION", "OUTCOME"],
    controls.map(({ name, action, direction, outcome, conditions }) => {
      const reason = conditions.find((each) => !each.warning && !isPlanned(each))?.reason;
      const isEnough = CLEAR.includes(outcome) || reason === undefined;
      return [name, action, direction, isEnough ? outcome : `${outcome} (${reason})`];
    }),
  );
}

function formatPortFlows({ name, bridge, flows, sharedFlows }: ExplainedPort): string {
  if (flows.length === 0) return "";
  const shared = sharedFlows > 0
    ? `, besides ${sharedFlows} of its treatments, which Pods treated alike share`
    : "";
  return section(
    `Flows for port ${name} on bridge ${bridge} alone: ${flows.length}${shared}`,
    formatFlows(flows),
  );
}

// --- A TrafficControl ---

export function formatControl(explanation: ControlExplanation): string {
  const { control, node, action, direction, conditions, requires, ports } = explanation;
  const { selected, notSelected, flows, podFlows, realized } = explanation;
  const all = selected.length + notSelected.length;
  const what = action === "" ? "refused, with no last good state" : `${action}, ${direction}`;
  const counts = `it selects ${selected.length} of ${all} Pods${on(node)}`;
  const isDone = realized && selected.length > 0 ? ", and is realized" : "";
  return [
    `TrafficControl ${control} (${what}): ${counts}${isDone}\n`,
    formatSaid(conditions.map((condition) => ({ condition }))),
    action === "" ? "" : `\nSelects: ${requires.join("; ") || "no Pod, as it has no selector"}\n`,
    section("Pods that it selects", formatSelected(explanation)),
    section(
      "Pods that it does not select",
      capped(notSelected, ({ pod, differs }) => `${pod}: ${whyNot(differs)}`),
    ),
    section("Ports", formatPorts(ports)),
    section(
      `Flows: ${flows.length} of its own, and ${podFlows} of its Pods (sluice explain pod/NAMESPACE/NAME)`,
      formatFlows(flows),
    ),
  ].join("");
}

function formatSelected({ selected }: ControlExplanation): string {
  return capped(selected, ({ pod, ports, outcome }) => {
    const where = ports.length > 0 ? `port ${ports.join(", ")}` : "on no port";
    return `${pod}: ${outcome}, ${where}`;
  });
}

function formatPorts(ports: readonly PortOfControl[]): string {
  if (ports.length === 0) return "";
  return formatTable(
    ["NAME", "BRIDGE", "ROLE", "TYPE", "OFPORT", "READY", "ALSO OF"],
    ports.map(({ name, bridge, role, type, ofport, isReady, others }) => [
      name,
      bridge,
      role,
      type || "device",
      String(ofport ?? NONE),
      isReady ? "yes" : "no",
      listed(others.map((other) => other.isRefused ? `${other.name} (refused)` : other.name)),
    ]),
  );
}
