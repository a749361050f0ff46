/** Times of the parts that only compute. `deno bench -A bench/pure_bench.ts` runs it. @module */
import assert from "node:assert/strict";
import { stringify } from "yaml";
import { Reader, Writer } from "../core/openflow/fields/binary.ts";
import { readFlowMod, writeFlowMod } from "../core/openflow/messages/flow_messages.ts";
import { parseManifest } from "../core/objects/manifest.ts";
import { parsed, PureNode, rawControls, tell } from "./pure_model.ts";
import { pod } from "./node.ts";

const [CONTROLS, PODS] = [1000, 250];

const raws = rawControls(CONTROLS);
const yaml = raws.map((each) => stringify(each)).join("---\n");
const json = raws.map((each) => JSON.stringify(each)).join("\n");

Deno.bench(`parse: ${CONTROLS} manifests of YAML`, () => {
  assert.equal(parseManifest("all.yaml", yaml).objects.length, CONTROLS);
});
Deno.bench(`parse: ${CONTROLS} manifests of JSON`, () => {
  assert.equal(parseManifest("all.json", json).objects.length, CONTROLS);
});
Deno.bench(`check: ${CONTROLS} TrafficControls`, () => {
  for (const raw of raws) parsed(raw);
});

const nodes = [0, CONTROLS, 5 * CONTROLS].map((controls) => ({
  controls,
  node: new PureNode({ pods: PODS, controls }),
}));

for (const { controls, node } of nodes) {
  let turn = 0;
  const labels = ["none", "g0"];
  Deno.bench(`select, place and render: one Pod relabelled beside ${controls} TrafficControls`, {
    group: "one Pod relabelled",
    baseline: controls === 0,
  }, () => {
    tell(node.model, parsed(pod(0, labels[++turn % labels.length]!)));
    node.round();
  });
}

const { model } = nodes[1]!.node;
const flows = model.flows.desired();

Deno.bench(`diff: ${flows.length} flows that are in the switch already`, () => {
  model.flows.observe(flows);
  assert.equal(model.flows.changes().length, 0);
});
Deno.bench(`encode: ${flows.length} flows`, () => {
  const writer = new Writer();
  for (const flow of flows) writeFlowMod(writer, "add", flow);
});

const encoded = flows.map((flow) => {
  const writer = new Writer();
  writeFlowMod(writer, "add", flow);
  return writer.finish().slice();
});
Deno.bench(`decode: ${flows.length} flows`, () => {
  for (const bytes of encoded) readFlowMod(new Reader(bytes));
});
