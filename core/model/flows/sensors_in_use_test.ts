/** Which sensors are watched, as they are not probed: those of pairs in use alone. */
import assert from "node:assert/strict";
import interpose from "../../../plugins/pipelines/interpose.ts";
import { ALL_VLANS, DEFAULT_PROBE } from "../../contracts/mod.ts";
import type { Control } from "../../objects/types.ts";
import { combine } from "../pods/treatments.ts";
import { control, redirect } from "../testing/fixtures.ts";
import { Datapath } from "./datapath.ts";
import { FlowSet } from "./flow_set.ts";
import { usedPipeline } from "./used_pipeline.ts";

const NUMBERS = { p: 1, t: 20, u: 21, v: 22, w: 23 };
const hop = (scope: object, ...pairs: [string, string][]) =>
  control("r", "1", {
    treatment: {
      hops: [{ pairs: pairs.map(([target, back]) => ({ target, return: back })), scope }],
    },
  });
const plain = redirect("r", "1", ["t", "u"]);
const SEVERAL: [string, string][] = [["t", "u"], ["v", "w"], ["v", "w"]];

/** A bridge with one Pod. */
function scene() {
  const ofports = new Map(Object.entries(NUMBERS));
  const named = (name: string) => {
    const ofport = ofports.get(name);
    return ofport === undefined ? undefined : { ofport, type: "", options: {} };
  };
  const datapath = new Datapath(usedPipeline(interpose, 200), {
    flows: new FlowSet(),
    ports: { named, local: () => undefined, withVLANs: () => [], flooded: () => undefined },
    isReady: () => true,
    loops: () => false,
  });
  const place = (...controls: readonly Control[]) => {
    const egress = combine(controls, "egress");
    const port = { port: "p", macs: ["02:00:00:00:00:01"], ips: [], match: "mac" as const };
    const more = { vlans: ALL_VLANS, ambiguous: false, ...(egress && { egress }) };
    datapath.setPod("p", [{ ...port, ...more }], 0);
    datapath.render();
  };
  const renumber = (name: string, number: number) => {
    ofports.set(name, number);
    datapath.portChanged(name);
    datapath.render();
  };
  const watched = () =>
    datapath.sensorsInUse.unprobed().map((pair) => `${pair.id}: ${pair.target} ${pair.return}`);
  return { datapath, place, renumber, watched };
}

Deno.test("none without a redirect; each pair of a set without probes, once; none that is probed", () => {
  const { place, watched } = scene();
  assert.deepEqual(watched(), []);
  place(plain);
  assert.deepEqual(watched(), ["t u: 20 21"]);
  place(hop({ balanceBy: "Addresses" }, ...SEVERAL));
  assert.deepEqual(watched().sort(), ["t u: 20 21", "v w: 22 23"]);
  place(hop({ healthProbe: DEFAULT_PROBE }, ...SEVERAL));
  assert.deepEqual(watched(), []);
  place(plain);
  assert.deepEqual(watched(), ["t u: 20 21"]);
  place();
  assert.deepEqual(watched(), []);
});

Deno.test("they have the numbers that their ports have now, and are the same list until something changes", () => {
  const { datapath, place, renumber, watched } = scene();
  place(plain);
  const before = datapath.sensorsInUse.unprobed();
  datapath.render();
  assert.equal(datapath.sensorsInUse.unprobed(), before);
  renumber("u", 99);
  assert.deepEqual(watched(), ["t u: 20 99"]);
});
