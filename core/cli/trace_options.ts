/** What the command line of `sluice trace` says. @module */
import type { BridgesConfig } from "../agent/config.ts";
import type { Plugins } from "../contracts/registry.ts";
import type { Protocol } from "../trace/packet.ts";

export interface PodName {
  /** `namespace/name`. */
  readonly pod: string;
}

/** What sends: a Pod, or whatever is behind a port; `pod` is empty then. */
export interface SenderName extends PodName {
  /** Name of the port. */
  readonly port?: string;
}

export interface TraceOptions extends BridgesConfig {
  readonly builtIn: Plugins;
  /** Whether the user names the bridge. */
  readonly given: boolean;
  readonly from: SenderName;
  readonly to: PodName | { readonly ip: string };
  readonly protocol: Protocol;
  readonly port?: number;
  readonly fromPort: number;
  readonly ip: "4" | "6";
  readonly established?: boolean;
  readonly reply?: boolean;
  readonly toMac?: string;
  readonly fromIp?: string;
  readonly fromMac?: string;
  readonly address: string;
  readonly tokenFile?: string;
  readonly pipeline?: string;
  readonly plugins?: string;
  readonly output: "text" | "json";
}
