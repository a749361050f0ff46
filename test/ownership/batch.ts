/** Changes that the owner makes to two bridges together. @module */

export const BRIDGES = ["br0", "br1"] as const;
export type Bridge = typeof BRIDGES[number];

/** Changes, in the order in which they are made. */
export interface Batch {
  /** Commands of ovs-vsctl, which become one transaction of OVSDB. */
  readonly database: string[][];
  /** Lines that become one OpenFlow bundle for each bridge. */
  readonly flows: Readonly<Record<Bridge, string[]>>;
  /** Changes of ports' flooding. */
  readonly flooding: (readonly [bridge: Bridge, port: string, "flood" | "no-flood"])[];
}

export const newBatch = (): Batch => ({ database: [], flows: { br0: [], br1: [] }, flooding: [] });
