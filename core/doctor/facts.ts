/** The facts of a node, from which the checks judge its state. @module */
import type { AgentBridgeConfig } from "../agent/config.ts";
import type { Condition } from "../contracts/condition.ts";
import type { Diagnosis } from "../contracts/mod.ts";
import type { SensorReport } from "../model/choices/sensors.ts";
import type { UsedPipeline } from "../model/flows/used_pipeline.ts";
import type { BridgeView, Cache } from "../ovsdb/mod.ts";
import type { SwitchState } from "../observe/switch_state.ts";
import type { Known } from "./known.ts";
import type { SuricataFacts } from "./suricata.ts";

/** The result of an attempt to speak to a daemon. */
export type SocketState = "answers" | "missing" | "refused" | "denied" | "silent" | "unusable";

export interface SocketFacts {
  readonly address: string;
  readonly state: SocketState;
  /** The error of an attempt that failed. */
  readonly error?: string;
  /** Permissions of the socket's file, as in `0750`, and the numbers of its owner and group; absent if not readable. */
  readonly file?: { readonly mode: string; readonly uid: number; readonly gid: number };
}

/**
 * Which versions of OpenFlow the bridge allows. docs/decisions/005-flooding-is-openflow-1-0.md says what Sluice uses
 * each of them for.
 */
export interface ProtocolFacts {
  /** OpenFlow 1.5 is allowed. */
  readonly flows: boolean;
  /** OpenFlow 1.0 is allowed. */
  readonly flooding: boolean;
}

/** What was found at the address of the agent's local API. */
export type AgentFacts =
  /** No server listens there. */
  | { readonly state: "absent"; readonly error: string }
  /** A server listens there, but it gave no answer in time. */
  | { readonly state: "silent" }
  /** The server is not an agent of Sluice. */
  | { readonly state: "stranger" }
  | {
    readonly state: "running";
    /** The bridges that the agent works on. */
    readonly bridges: readonly string[];
    /** The reasons why the agent is not ready; empty if it is. */
    readonly unready: readonly string[];
    /** The conditions under which it writes nothing to the bridge. */
    readonly conditions: readonly Condition[];
    readonly controls: readonly ControlFacts[];
    /** The sensors that it probes. */
    readonly sensors: readonly (SensorReport & { readonly bridge?: string })[];
    /** The redirects whose connections can come to a sensor that has not seen them begin. */
    readonly redirects: readonly RedirectFacts[];
    /** Lines about plugin files that are refused. */
    readonly plugins: readonly string[];
  };

/** A TrafficControl, and what hinders it. */
export interface ControlFacts {
  readonly name: string;
  readonly conditions: readonly Condition[];
}

/** A redirect that fails open or has several sensors. */
export interface RedirectFacts {
  readonly name: string;
  /** Names of all its ports. */
  readonly ports: readonly string[];
}

/** The device of the node's default route, and its MTU in bytes. */
export interface DefaultDevice {
  readonly name: string;
  readonly mtu: number;
}

export interface Facts {
  readonly config: AgentBridgeConfig;
  /** All bridges of the settings. */
  readonly bridges: readonly string[];
  /** What the bridge gets, or would get if it existed. */
  readonly pipeline: UsedPipeline;
  /** Number of the user that Sluice runs as. */
  readonly uid: number;
  readonly ovsdbSocket: SocketFacts;
  /** Addresses of the usual OVSDB sockets that exist, apart from the configured one. */
  readonly otherSockets: readonly string[];
  readonly database: Known<Cache>;
  readonly bridge: Known<BridgeView>;
  readonly openflowSocket: Known<SocketFacts>;
  readonly protocols: Known<ProtocolFacts>;
  readonly flows: Known<SwitchState>;
  readonly agent: AgentFacts;
  /** Whether an agent has the lock of the bridge. */
  readonly isLocked: Known<boolean>;
  /** As the agent says, or, without an agent, as a plan of the doctor's own says. */
  readonly controls: Known<readonly ControlFacts[]>;
  /** The processes of Suricata on this node. */
  readonly suricata: readonly SuricataFacts[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** What is wrong with the file of settings, and which keys of it Sluice does not know. */
  readonly configFile: Known<{ readonly error?: string; readonly unknown: readonly string[] }>;
  readonly source: Known<readonly Diagnosis[]>;
  readonly defaultDevice: Known<DefaultDevice>;
  /** The MTU of a device of the node, in bytes. */
  mtuOf(device: string): number | undefined;
}
