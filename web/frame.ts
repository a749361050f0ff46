/** What stands around the tables: the head with the search, numbers, the form for the token. @module */
import { h, type Ref } from "preact";
import { useState } from "preact/hooks";
import { div, element, span, type View } from "./dom.ts";
import type { Store } from "./store.ts";
import type { ClusterNode, ControlState, Link, PodState, State, WatchedControl } from "./types.ts";
import type { Rates, Values } from "./rates.ts";
import { count, rate } from "./words.ts";

const LINKS: Readonly<Record<Link, string>> = {
  waiting: "connecting",
  live: "live",
  lost: "no connection",
  token: "token needed",
  refused: "refused",
};

interface HeadOptions {
  readonly title: string;
  readonly link: Link;
  readonly query: string;
  readonly scheme: string;
  readonly search: Ref<HTMLInputElement>;
  onQuery(text: string): void;
  onScheme(): void;
}

export function head(options: HeadOptions): View {
  const { title, link, query, scheme, search, onQuery, onScheme } = options;
  const other = scheme === "dark" ? "light" : "dark";
  return h(
    "header",
    null,
    div("brand", span("mark"), h("h1", null, "Sluice"), span("where", title)),
    h(
      "div",
      { class: `link ${link}`, role: "status" },
      span(`dot ${link === "live" ? "ok" : "problem"}`),
      LINKS[link],
    ),
    h("input", {
      type: "search",
      ref: search,
      value: query,
      placeholder: "Search   /",
      "aria-label": "Search",
      onInput: (event: InputEvent) => onQuery((event.target as HTMLInputElement).value),
    }),
    h("button", {
      class: "scheme",
      type: "button",
      onClick: onScheme,
      "aria-label": `Use ${other} colours`,
      title: `Use ${other} colours`,
    }, scheme === "dark" ? "☀" : "☾"),
  );
}

export function titleOf(store: Store): string {
  if (store.at === 0) return "";
  if (store.mode === "cluster") return `Cluster ${store.field<string>("server")}`;
  const [node, bridge] = [store.field<string>("node"), store.field<string>("bridge")];
  const several = store.field("bridges") !== undefined;
  const where = `${several ? "bridges" : "bridge"} ${bridge}`;
  return node === undefined ? where : `Node ${node}, ${where}`;
}

const number = (value: string, label: string) =>
  div("number-card", element("b", "", value), span("quiet", label));

const of = (part: number, all: number) => `${count(part)} / ${count(all)}`;

function nodeNumbers(store: Store, rates: Rates): View[] {
  const controls = store.list<ControlState>("trafficControls");
  const pods = store.list<PodState>("pods");
  const treated = pods.filter(({ ports }) =>
    ports.some(({ egress, ingress }) => egress ?? ingress)
  );
  const now = (series: keyof Values) => rate(rates.history().rates[series].at(-1) ?? 0);
  return [
    number(
      of(controls.filter(({ realized }) => realized).length, controls.length),
      "TrafficControls realized",
    ),
    number(of(treated.length, pods.length), "Pods selected"),
    number(now("copied"), "copied packets/s"),
    number(now("redirected"), "redirected packets/s"),
    number(now("dropped"), "dropped packets/s"),
    number(count(store.field<State["flows"]>("flows") ?? 0), "flows"),
  ];
}

function clusterNumbers(store: Store): View[] {
  const controls = store.list<WatchedControl>("trafficControls");
  const nodes = store.list<ClusterNode>("nodes");
  return [
    number(
      of(controls.filter(({ realized }) => realized).length, controls.length),
      "TrafficControls realized",
    ),
    number(count(nodes.length), "nodes report"),
    number(count(nodes.filter(({ failed }) => failed > 0).length), "nodes with problems"),
  ];
}

export function numbers(store: Store, rates: Rates): View {
  const cards = store.mode === "cluster" ? clusterNumbers(store) : nodeNumbers(store, rates);
  return h("section", { class: "numbers", "aria-label": "Numbers" }, cards);
}

/** Asks for the token that the server needs. */
export function TokenForm({ onToken }: { readonly onToken: (token: string) => void }): View {
  const [token, setToken] = useState("");
  const onSubmit = (event: Event) => {
    event.preventDefault();
    onToken(token.trim());
  };
  return h(
    "form",
    { class: "token", onSubmit },
    h("label", { for: "token" }, "This agent wants a token: what its --token-file has"),
    h("input", {
      id: "token",
      type: "password",
      autocomplete: "off",
      value: token,
      onInput: (event: InputEvent) => setToken((event.target as HTMLInputElement).value),
    }),
    h("button", { type: "submit" }, "Show"),
  );
}
