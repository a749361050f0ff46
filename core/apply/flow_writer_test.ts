import assert from "node:assert/strict";
import { NO_LOG } from "../base/log.ts";
import { FlowSet } from "../model/flows/flow_set.ts";
import { capOf, Meters } from "../model/flows/meters.ts";
import type { Model } from "../model/model.ts";
import { refusedFlow } from "../model/refusals/refused_flows.ts";
import { BundleError, type OpenFlowClient, OpenFlowError, parseFlow } from "../openflow/mod.ts";
import { writeFlows } from "./flow_writer.ts";

const LIMIT = { unit: "packets", rate: 200, burst: 20 } as const;
const LEG = {
  control: "m",
  direction: "egress",
  copy: { to: ["tap0"], scope: { rateLimit: LIMIT } },
} as const;
const CAP = capOf(LEG)!;
const FLOW = parseFlow(`table=9,priority=1,actions=meter:${CAP.id},output:1`);
const OTHER = parseFlow("table=9,priority=2,actions=output:1");

/** A switch that notes what is written, in its order. @param refuses The error with which it answers to meters. */
function scene(shared: readonly (typeof LEG)[], refuses?: string) {
  const written: string[] = [];
  const client = {
    bundle: (messages: readonly unknown[]) => {
      written.push(`bundle of ${messages.length}`);
      return Promise.resolve();
    },
    changeMeter: (command: string, { id }: { readonly id: number }) => {
      if (refuses) return Promise.reject(new OpenFlowError(`Cannot ${command} meter`, refuses));
      written.push(`${command} ${id}`);
      return Promise.resolve();
    },
  } as unknown as OpenFlowClient;
  const meters = new Meters();
  for (const leg of shared) meters.setLeg(leg.direction, leg);
  const flows = new FlowSet();
  const model = { flows, datapath: { meters } } as unknown as Model;
  const write = () => writeFlows(client, flows.changes(), { model, log: NO_LOG });
  return { written, flows, meters, write };
}

Deno.test("meters are added before the flows, and deleted after them", async () => {
  const { written, flows, meters, write } = scene([LEG]);
  const leftover = { id: CAP.id + 1 };
  meters.observe([{ id: 7 }, leftover]);
  flows.setPart("leg", [FLOW]);
  await write();
  assert.deepEqual(written, [`add ${CAP.id}`, "bundle of 1", `delete ${leftover.id}`]);
  assert.ok(meters.settled);
  assert.deepEqual(capOf({ ...LEG, control: "n" })?.limit, LIMIT);
  assert.notEqual(capOf({ ...LEG, control: "n" })?.id, CAP.id);
});

Deno.test("a meter that is refused is the fault of the flow that needs it, and has a cure", async () => {
  const { written, flows, write } = scene([LEG], "OFPMMFC_OUT_OF_BANDS");
  flows.setPart("leg", [OTHER, FLOW]);
  await assert.rejects(write(), (error) => {
    assert.ok(error instanceof BundleError);
    assert.equal(error.index, 1);
    assert.match(refusedFlow(error, FLOW).cure!, /^take rateLimit out of the TrafficControl, or/);
    return true;
  });
  assert.deepEqual(written, []);
});
