/** The counters of ports, as far as the switch tells them in time. */
import assert from "node:assert/strict";
import type { PortStats } from "../openflow/mod.ts";
import { NOT_READ } from "./counters.ts";
import { livePortCounts } from "./live_port_counts.ts";

const client = (allPortStats: () => Promise<PortStats[]>) => ({ allPortStats });
const UNCOUNTED = 0xffff_ffff_ffff_ffffn;
const stats = { number: 7, txPackets: 3n, txBytes: 300n, rxPackets: 2n, rxBytes: 120n };

Deno.test("a port has what was sent into it and what came from it; one that counts nothing is left out", async () => {
  const silent = { ...stats, number: 8, rxBytes: UNCOUNTED };
  const counts = await livePortCounts(client(() => Promise.resolve([stats, silent])));
  assert.deepEqual([...counts], [
    [7, { sent: { packets: 3, bytes: 300 }, received: { packets: 2, bytes: 120 } }],
  ]);
});

Deno.test("a switch that is away, hangs, or ends the connection has told nothing", async () => {
  assert.equal(await livePortCounts(undefined), NOT_READ);
  assert.equal(await livePortCounts(client(() => new Promise(() => {})), 1), NOT_READ);
  const ended = client(() => Promise.reject(new Error("the connection has ended")));
  assert.equal(await livePortCounts(ended), NOT_READ);
});
