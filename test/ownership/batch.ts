/** What an owner does to two bridges in one go. @module */

export const BRIDGES = ["br0", "br1"] as const;
export type Bridge = typeof BRIDGES[number];

/** Changes that are made together. */
export interface Batch {
  /** One transaction of OVSDB. */
  readonly database: string[][];
  /** One bundle of OpenFlow for each bridge. */
  readonly flows: Readonly<Record<Bridge, string[]>>;
  /** Ports and whether they flood. */
  readonly flooding: (readonly [bridge: Bridge, port: string, "flood" | "no-flood"])[];
}

export const newBatch = (): Batch => ({ database: [], flows: { br0: [], br1: [] }, flooding: [] });
