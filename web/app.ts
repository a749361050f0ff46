/** The whole page: numbers, problems, rates, tables, details. @module */
import type { View } from "./dom.ts";
import { h } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Chart } from "./chart.ts";
import { clusterProblems, clusterTabs } from "./cluster_view.ts";
import {
  clusterControlDetails,
  type Context,
  controlDetails,
  plainDetails,
  podDetails,
} from "./details.ts";
import { head, numbers, titleOf, TokenForm } from "./frame.ts";
import { useKeys } from "./keys.ts";
import { type AnyTab, nodeProblems, nodeTabs, type PodRow } from "./node_view.ts";
import { Problems } from "./problems.ts";
import type { Rates } from "./rates.ts";
import { useScheme } from "./scheme.ts";
import { search } from "./search.ts";
import type { Store } from "./store.ts";
import { Table } from "./table.ts";
import type { ControlState, Item, Link, WatchedControl } from "./types.ts";
import { keyOf } from "../core/report/state_changes.ts";

/** What the page shows. */
export interface Model {
  readonly store: Store;
  readonly rates: Rates;
  readonly link: Link;
  /** What the server says if it refuses, or cannot read the state. */
  readonly detail: string;
}

interface AppOptions {
  readonly model: Model;
  readonly onToken: (token: string) => void;
}

const isPodRow = (row: object): row is PodRow => "pod" in row;

const rowKey = (row: object): string =>
  isPodRow(row)
    ? `${keyOf(row.pod as unknown as Item)} ${row.port?.bridge ?? ""} ${row.port?.name ?? ""}`
    : keyOf(row as Item);

const rowTitle = (row: object): string => {
  if (isPodRow(row)) return `${row.pod.namespace}/${row.pod.name}`;
  const { name, target, return: back } = row as Item;
  return String(name ?? `${target} > ${back}`);
};

function detailsOf(tab: AnyTab, row: object, context: Context): View {
  if (isPodRow(row)) return podDetails(row, context);
  if (tab.name !== "trafficControls") return plainDetails(row as Item);
  return context.store.mode === "cluster"
    ? clusterControlDetails(row as WatchedControl)
    : controlDetails(row as ControlState, context);
}

interface DetailsOptions {
  readonly tab: AnyTab;
  readonly row: object;
  readonly context: Context;
  readonly onClose: () => void;
}

function Details({ tab, row, context, onClose }: DetailsOptions): View {
  const title = rowTitle(row);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), [title]);
  return h(
    "aside",
    { class: "details", "aria-label": `Details of ${title}` },
    h(
      "div",
      { class: "line" },
      h("h2", { tabIndex: -1, ref: heading }, title),
      h("button", { type: "button", class: "close", onClick: onClose, "aria-label": "Close" }, "×"),
    ),
    detailsOf(tab, row, context),
  );
}

interface TabsOptions {
  readonly tabs: readonly AnyTab[];
  readonly chosen: number;
  readonly onChoose: (index: number) => void;
}

function tabList({ tabs, chosen, onChoose }: TabsOptions): View {
  const onKeyDown = ({ key }: KeyboardEvent) => {
    const move = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? tabs.length - 1 : 0;
    if (move > 0) onChoose((chosen + move) % tabs.length);
  };
  return h(
    "div",
    { class: "tabs", role: "tablist", onKeyDown },
    tabs.map(({ name, title, rows }, index) =>
      h(
        "button",
        {
          key: name,
          id: `tab-${name}`,
          type: "button",
          role: "tab",
          tabIndex: index === chosen ? 0 : -1,
          "aria-selected": index === chosen,
          "aria-controls": "table",
          onClick: () => onChoose(index),
        },
        `${title} `,
        h("span", { class: "quiet" }, rows.length),
      )
    ),
  );
}

/** What the user has chosen. The focus goes back to the table when details are closed. */
function useChoice(tabs: readonly AnyTab[]) {
  const [chosen, setChosen] = useState(0);
  const [opened, setOpened] = useState<string>();
  const toTable = () => document.querySelector<HTMLElement>("[role=grid]")?.focus();
  const choose = (index: number) => {
    if (!tabs[index]) return;
    setChosen(index);
    setOpened(undefined);
  };
  const close = () => {
    setOpened(undefined);
    toTable();
  };
  return { chosen, choose, opened, open: setOpened, close, toTable };
}

/** What of the state is shown. */
function contentOf({ store, rates, detail }: Model, query: string) {
  const isCluster = store.mode === "cluster";
  const whole = isCluster ? clusterTabs(store) : nodeTabs(store, rates);
  const problems = isCluster ? clusterProblems(store) : nodeProblems(store);
  return {
    tabs: whole.map((tab) => ({ ...tab, rows: search(tab.rows as object[], query) })),
    problems: search(problems, query),
    issues: [...store.field<readonly string[]>("issues") ?? [], ...detail ? [detail] : []],
  };
}

interface TableOptions {
  readonly tab: AnyTab;
  readonly query: string;
  readonly opened: string | undefined;
  readonly onOpen: (key: string) => void;
}

function tablePanel({ tab, query, opened, onOpen }: TableOptions): View {
  return h(
    "div",
    { id: "table", role: "tabpanel", "aria-labelledby": `tab-${tab.name}` },
    h(Table<object>, {
      key: tab.name,
      label: tab.title,
      columns: tab.columns,
      rows: tab.rows,
      keyOf: rowKey,
      opened,
      onOpen: (each) => onOpen(rowKey(each)),
      empty: query === "" ? tab.empty : `Nothing here has "${query}"`,
    }),
  );
}

export function App({ model, onToken }: AppOptions): View {
  const { store, rates, link, detail } = model;
  const [scheme, toggleScheme] = useScheme();
  const [query, setQuery] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const { tabs, problems, issues } = contentOf(model, query);
  const { chosen, choose, opened, open, close, toTable } = useChoice(tabs);
  useKeys({
    onSearch: () => field.current?.focus(),
    onEscape: () => opened === undefined ? setQuery("") : close(),
    onTab: choose,
    onTable: toTable,
  });
  const tab = tabs[chosen] ?? tabs[0]!;
  const row = opened === undefined ? undefined : tab.rows.find((each) => rowKey(each) === opened);
  const context = { store, rates, scheme };
  const bar = { title: titleOf(store), link, query, scheme, search: field };
  const isKnown = store.at > 0;
  const all = { label: "All TrafficControls", history: rates.history(), at: store.at, scheme };
  return h(
    "div",
    { class: row ? "page with-details" : "page" },
    head({ ...bar, onQuery: setQuery, onScheme: toggleScheme }),
    h(
      "main",
      null,
      link === "token" && h(TokenForm, { onToken }),
      isKnown && numbers(store, rates),
      (isKnown || detail !== "") && h(Problems, { problems, issues }),
      isKnown && store.mode === "node" && h(Chart, all),
      isKnown && tabList({ tabs, chosen, onChoose: choose }),
      isKnown && tablePanel({ tab, query, opened, onOpen: open }),
    ),
    row && h(Details, { tab, row, context, onClose: close }),
  );
}
