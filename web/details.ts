/** The details of what is chosen in a table. @module */
import { h } from "preact";
import { Chart } from "./chart.ts";
import { described, div, type View } from "./dom.ts";
import { conditions } from "./problems.ts";
import type { PodRow } from "./node_view.ts";
import type { Rates } from "./rates.ts";
import type { Store } from "./store.ts";
import type { ControlState, Item, WatchedControl } from "./types.ts";
import { bytes, count, portsOf, treatment } from "./words.ts";

export interface Context {
  readonly store: Store;
  readonly rates: Rates;
  readonly scheme: string;
}

const list = (...items: readonly (View | undefined)[]): View => h("dl", null, ...items);

/** Names that are shown of many. */
const MOST_NAMES = 100;

function names(all: readonly string[]): View | string {
  if (all.length === 0) return "none";
  const more = all.length - MOST_NAMES;
  const items = all.slice(0, MOST_NAMES).map((name) => h("li", null, name));
  return h("ul", { class: "names" }, items, more > 0 && h("li", null, `and ${more} more`));
}

const DONE = ["copied", "redirected"] as const;

function countedRows({ dropped, ...control }: Partial<ControlState>): View[] {
  const rows = DONE.flatMap((what) =>
    Object.entries(control[what] ?? {}).map(([direction, each]) => [
      `${what}, ${direction}`,
      `${count(each.packets)} packets, ${bytes(each.bytes)}`,
    ])
  );
  if (dropped !== undefined) rows.push(["dropped", `${count(dropped)} packets`]);
  return rows.map(([term, value]) => described(term!, value)!);
}

export function controlDetails(control: ControlState, { store, rates, scheme }: Context): View {
  const { name, action, direction, pods, failureMode, byPod = [] } = control;
  const history = rates.history(name);
  return div(
    "facts",
    conditions(control.conditions),
    h(Chart, { label: `Rates of ${name}`, history, at: store.at, scheme }),
    list(
      described(
        "Action",
        [action, direction].filter((word) => word !== "").join(", ") || "refused",
      ),
      described("Target", portsOf(control, "target")),
      described("Return", portsOf(control, "return")),
      described("If the sensor fails", failureMode),
      described("Realized", control.realized ? "yes" : "no"),
      ...countedRows(control),
      ...(control.bridges ?? []).map((each) =>
        described(`On ${each.bridge}`, each.realized ? "realized" : "not realized")
      ),
    ),
    h("h3", null, `Pods (${pods.length})`),
    names(pods),
    byPod.length > 0 && h("h3", null, "Counted by Pod"),
    ...byPod.map((each) => list(described("Pod", each.pod), ...countedRows(each))),
  );
}

/** The TrafficControls that select a Pod. */
function selecting(store: Store, pod: string): string[] {
  return store.list<ControlState>("trafficControls").filter(({ pods }) => pods.includes(pod))
    .map(({ name }) => name);
}

export function podDetails({ pod, port }: PodRow, { store }: Context): View {
  const key = `${pod.namespace}/${pod.name}`;
  return div(
    "facts",
    conditions(pod.conditions),
    list(
      described("Port", port?.name ?? "not found on the bridge"),
      described("Number", port?.ofport),
      described("Bridge", port?.bridge),
      described("MACs", port?.macs.join(", ")),
      described("Addresses", port?.ips?.join(", ")),
      described("Egress", port && treatment(port.egress)),
      described("Ingress", port && treatment(port.ingress)),
    ),
    h("h3", null, "Selected by"),
    names(selecting(store, key)),
  );
}

export function clusterControlDetails(control: WatchedControl): View {
  const { action, direction, target, ready, nodes } = control;
  return div(
    "facts",
    conditions(control.conditions),
    list(
      described("Action", `${action}, ${direction}`),
      described("Target", target),
      described("Ready", ready || "not known yet"),
      described("Failed nodes", control.failedNodes),
    ),
    h("h3", null, `Nodes (${nodes.length})`),
    ...nodes.map(({ node, realized, conditions: told }) =>
      div(
        "node",
        div("line", h("strong", null, node), realized ? "realized" : "not realized"),
        conditions(told),
      )
    ),
  );
}

/** Every field of an item that is a text, a number or a truth. */
export function plainDetails(item: Item): View {
  const shown = Object.entries(item).filter(([, value]) => typeof value !== "object");
  return div("facts", list(...shown.map(([field, value]) => described(field, String(value)))));
}
