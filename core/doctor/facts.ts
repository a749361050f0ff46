/** What is known of a node when its state is judged. @module */
import type { AgentConfig } from "../agent/config.ts";
import type { Diagnosis } from "../contracts/mod.ts";
import type { UsedPipeline } from "../model/used_pipeline.ts";
import type { BridgeView, Cache } from "../ovsdb/mod.ts";
import type { SwitchState } from "../observe/switch_state.ts";
import type { Known } from "./check.ts";

/** What became of an attempt to speak to a daemon. */
export type SocketState = "answers" | "missing" | "refused" | "denied" | "silent" | "unusable";

export interface SocketFacts {
  readonly address: string;
  readonly state: SocketState;
  /** What the attempt failed with. */
  readonly error?: string;
  /** Of the socket's file, where we may look: permissions as in `0750`, numbers of its owner and group. */
  readonly file?: { readonly mode: string; readonly uid: number; readonly gid: number };
}

/** Of the bridge: docs/decisions/005-flooding-is-openflow-1-0.md says what each version is for. */
export interface ProtocolFacts {
  /** OpenFlow 1.5 is allowed. */
  readonly flows: boolean;
  /** OpenFlow 1.0 is allowed. */
  readonly flooding: boolean;
}

/** What answers at the address of the agent's local API. */
export type AgentFacts =
  | { readonly state: "absent"; readonly error: string }
  /** Somebody is there, and says nothing in time. */
  | { readonly state: "silent" }
  /** It is no agent of ours. */
  | { readonly state: "stranger" }
  | {
    readonly state: "running";
    /** That it works on. */
    readonly bridge: string;
    /** Why not all that can be realized is. */
    readonly unready: readonly string[];
  };

/** Where the node's packets leave it, and the MTU of that device in bytes. */
export interface DefaultDevice {
  readonly name: string;
  readonly mtu: number;
}

export interface Facts {
  readonly config: AgentConfig;
  /** What the bridge gets, or would get if it existed. */
  readonly pipeline: UsedPipeline;
  /** Number of the user that we are. */
  readonly uid: number;
  readonly ovsdbSocket: SocketFacts;
  /** Sockets of OVSDB servers at other places that are known. */
  readonly otherSockets: readonly string[];
  readonly database: Known<Cache>;
  readonly bridge: Known<BridgeView>;
  readonly openflowSocket: Known<SocketFacts>;
  readonly protocols: Known<ProtocolFacts>;
  readonly flows: Known<SwitchState>;
  readonly agent: AgentFacts;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Of the file of settings: what is wrong with it, or which keys of Antrea's mean nothing to us. */
  readonly configFile: Known<{ readonly error?: string; readonly ignored: readonly string[] }>;
  readonly source: Known<readonly Diagnosis[]>;
  readonly defaultDevice: Known<DefaultDevice>;
  /** Bytes; of a device of the node. */
  mtuOf(device: string): number | undefined;
}
