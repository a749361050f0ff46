/** The OpenFlow side of the bridge: connected as long as it is there, and what it has of ours. @module */
import { Backoff, delay } from "../base/backoff.ts";
import { type Condition, condition } from "../contracts/condition.ts";
import type { Log } from "../base/log.ts";
import {
  type AsyncMessage,
  type FlowStats,
  type Group,
  type MonitorFilter,
  OpenFlowClient,
  PORT,
  type PortDescription,
  ProtocolMissingError,
} from "../openflow/mod.ts";
import { MANY_PORTS, sendsTo } from "./foreign_flows.ts";

/** Owner in the top 16 bits of a cookie, a class in the next 16. */
export const OWN_COOKIE = 0x51ce0000_00000000n;
export const OWNER_MASK = 0xffff0000_00000000n;
/** Flows that the switch learns for us: its own, so they are no part of a diff. */
export const LEARNED_COOKIE = 0x51ce0001_00000000n;
export const CLASS_MASK = 0xffffffff_00000000n;

export interface SwitchOptions {
  readonly address: string;
  readonly bridge: string;
  readonly log: Log;
  /** Connected, and again after each loss. */
  readonly onUp: () => void;
  readonly onDown: () => void;
  readonly onMessage: (message: AsyncMessage) => void;
}

export class Switch {
  readonly #options: SwitchOptions;
  #client: OpenFlowClient | undefined;
  #condition: Condition | undefined;
  #wake = Promise.withResolvers<void>();

  constructor(options: SwitchOptions) {
    this.#options = options;
  }

  get client(): OpenFlowClient | undefined {
    return this.#client;
  }

  /** Why there is no client. */
  get condition(): Condition | undefined {
    return this.#client ? undefined : this.#condition;
  }

  /** The bridge may be there now: do not wait for the next attempt. */
  hurry(): void {
    this.#wake.resolve();
  }

  async run(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff();
    while (!signal.aborted) {
      if (await this.#connected(signal)) backoff.reset();
      if (signal.aborted) return;
      this.#wake = Promise.withResolvers();
      const pause = new AbortController();
      await Promise.race([
        delay(backoff.next(), AbortSignal.any([signal, pause.signal])),
        this.#wake.promise,
      ]);
      pause.abort();
    }
  }

  /** One connection from its beginning to its end. @returns Whether there was one. */
  async #connected(signal: AbortSignal): Promise<boolean> {
    const { address, bridge, log, onMessage } = this.#options;
    try {
      await using client = await OpenFlowClient.connect(address, { signal, onMessage });
      this.#client = client;
      this.#condition = undefined;
      log.info("OpenFlow connected", { bridge, address });
      this.#options.onUp();
      await client.closed;
    } catch (error) {
      if (signal.aborted) return false;
      this.#failed(error as Error);
      return false;
    } finally {
      if (this.#client) this.#lost(signal);
    }
    return true;
  }

  #lost(signal: AbortSignal): void {
    const { bridge, log, onDown } = this.#options;
    this.#client = undefined;
    this.#condition = condition(
      "Disconnected",
      `Bridge "${bridge}" has closed the OpenFlow connection`,
    );
    if (signal.aborted) return;
    log.warning("OpenFlow connection lost", { bridge });
    onDown();
  }

  #failed(error: Error): void {
    const { bridge, log, onDown } = this.#options;
    const missing = error instanceof ProtocolMissingError;
    const next = missing ? protocolMissing(bridge) : condition("Disconnected", error.message);
    if (next.message !== this.#condition?.message) {
      log.warning("OpenFlow not connected", { bridge, error: error.message });
    }
    this.#condition = next;
    onDown();
  }
}

export function protocolMissing(bridge: string): Condition {
  const message =
    `Bridge "${bridge}" does not allow OpenFlow 1.5: run "ovs-vsctl add bridge ${bridge} protocols ` +
    'OpenFlow15", which disconnects its controller for a moment, or give --allow-protocol-change';
  return condition("ProtocolMissing", message);
}

/** What the bridge has: ours, and what of others' stands in our place. */
export interface SwitchState {
  /** Ours, but for the learned ones. */
  readonly flows: readonly FlowStats[];
  readonly foreign: readonly FlowStats[];
  /** Others' flows, in whatever table, and groups that send to all ports: also to those out of flooding. */
  readonly toAll: readonly (FlowStats | Group)[];
  /** The same that flood. */
  readonly toFlood: readonly (FlowStats | Group)[];
  readonly ports: readonly PortDescription[];
}

export function isOurs({ cookie }: { readonly cookie: bigint }): boolean {
  return (cookie & OWNER_MASK) === OWN_COOKIE;
}

type Tables = { readonly first: number; readonly count: number };

/** The owner's first table, where our hooks are, and ours. */
function tablesInUse({ first, count }: Tables): number[] {
  return [0, ...Array.from({ length: count }, (_, offset) => first + offset)];
}

/** Takes all flows of our cookies away at once, learned ones too. */
export async function withdrawFlows(client: OpenFlowClient): Promise<void> {
  const filter = { cookie: OWN_COOKIE, cookieMask: OWNER_MASK };
  await client.bundle([{ type: "flow_delete", filter }]);
}

/** From here on the switch tells when somebody changes a flow there, or one that sends to many ports. */
export async function watchFlows(client: OpenFlowClient, tables: Tables): Promise<void> {
  const filters: MonitorFilter[] = [
    ...tablesInUse(tables).map((table) => ({ table })),
    ...MANY_PORTS.map((outPort) => ({ outPort })),
  ];
  await Promise.all(
    filters.map((filter, index) => client.monitorFlows({ ...filter, id: index + 1 })),
  );
}

/** @param tables Those of the pipeline. */
export async function readSwitch(client: OpenFlowClient, tables: Tables): Promise<SwitchState> {
  const [own, ports, groups, toAll, toFlood, ...others] = await Promise.all([
    client.dumpFlows({ cookie: OWN_COOKIE, cookieMask: CLASS_MASK }),
    client.portDescriptions(),
    client.dumpGroups(),
    ...MANY_PORTS.map((outPort) => client.dumpFlows({ outPort })),
    ...tablesInUse(tables).map((table) => client.dumpFlows({ table })),
  ]);
  const groupsTo = (port: number) =>
    groups.filter(({ buckets }) => buckets.some(({ actions }) => sendsTo(actions, port)));
  return {
    flows: own,
    ports,
    toAll: [...toAll!, ...groupsTo(PORT.ALL)],
    toFlood: [...toFlood!, ...groupsTo(PORT.FLOOD)],
    foreign: others.flat().filter((flow) => !isOurs(flow)),
  };
}
