/** What the server says, as the page uses it. @module */
import type { ClusterNode, ClusterState, WatchedControl } from "../core/contracts/cluster_watch.ts";
import type { ControlState, PodState, State } from "../core/report/state.ts";
import type { Item, StateChange } from "../core/report/state_changes.ts";

export type { ClusterNode, ClusterState, ControlState, Item, PodState, State, WatchedControl };

export type Port = State["ports"][number];
export type Sensor = State["sensors"][number];

export type Mode = "node" | "cluster";

/** The event `state`. */
export interface Whole {
  readonly mode: Mode;
  /** When it was read: milliseconds since 1970. */
  readonly at: number;
  readonly state: Item;
}

/** The event `change`. */
export interface Change extends StateChange {
  readonly at: number;
}

/** Whether events come: `token` means that the server wants a token first. */
export type Link = "waiting" | "live" | "lost" | "token" | "refused";
