import assert from "node:assert/strict";
import fc from "fast-check";
import interpose from "../../../plugins/pipelines/interpose.ts";
import { ALL_VLANS, type PortVLANs, type Row, type VLANPort } from "../../contracts/mod.ts";
import type { TreatedPort } from "../pods/treated_pod.ts";
import { combine } from "../pods/treatments.ts";
import { control, mirror, redirect } from "../testing/fixtures.ts";
import { FloodReceivers } from "./flood_receivers.ts";

const PODS = 12;
const FIRST_TARGET = 100;
const TARGETS = ["a", "b", "in", "out"];
const CONTROLS = [
  mirror("one", "1", "a"),
  mirror("both", "2", "a", "b"),
  redirect("pair", "3", ["in", "out"]),
  control("drop", "4", { treatment: { drop: true } }),
];
const VLANS: readonly PortVLANs[] = [
  ALL_VLANS,
  { mode: "access", own: 5, trunks: [] },
  { mode: "trunk", own: 0, trunks: [5, 6] },
];

/** What is done to a Pod in each direction. */
const pod = fc.record({
  vlans: fc.constantFrom(...VLANS),
  egress: fc.option(fc.constantFrom(...CONTROLS), { nil: undefined }),
  ingress: fc.option(fc.constantFrom(...CONTROLS), { nil: undefined }),
});
type DescribedPod = typeof pod extends fc.Arbitrary<infer Value> ? Value : never;

const nameOf = (index: number) => `p${index}`;

function treated(index: number, { vlans, egress, ingress }: DescribedPod): TreatedPort {
  const [sent, received] = [
    egress && combine([egress], "egress"),
    ingress && combine([ingress], "ingress"),
  ];
  const port = { port: nameOf(index), macs: [], ips: [], match: "mac", ambiguous: false } as const;
  return { ...port, vlans, ...(sent && { egress: sent }), ...(received && { ingress: received }) };
}

const find = (name: string) => {
  const target = TARGETS.indexOf(name);
  return { name, ofport: target < 0 ? Number(name.slice(1)) + 1 : FIRST_TARGET + target };
};

function rowsOf(receivers: FloodReceivers, few: boolean): readonly Row[] {
  const ports: VLANPort[] = Array.from(
    { length: PODS + 1 },
    (_, index) => ({ ofport: index + 1, vlans: VLANS[index % VLANS.length]! }),
  );
  const pipeline = interpose.create({ tableBase: 200 });
  return pipeline.flood!(receivers.realized(find, few), { withVLANs: ports, flooded: ports });
}

Deno.test("the rows for broadcast are the same if the pipeline gets only some of the receivers", () => {
  const change = fc.tuple(fc.nat(PODS - 1), fc.option(pod, { nil: undefined }));
  fc.assert(fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
    const receivers = new FloodReceivers(new Set());
    const now = new Map<number, DescribedPod>();
    for (const [index, described] of changes) {
      receivers.set(nameOf(index), described ? [treated(index, described)] : []);
      if (described) now.set(index, described);
      else now.delete(index);
    }
    const rows = rowsOf(receivers, false);
    assert.deepEqual(rowsOf(receivers, true), rows);
    const fresh = new FloodReceivers(new Set());
    for (const [index, described] of now) fresh.set(nameOf(index), [treated(index, described)]);
    assert.deepEqual(rowsOf(fresh, false), rows, "changes leave nothing behind");
  }));
});

Deno.test("of many receivers that are only mirrored, two of a kind are given, and all that are redirected", () => {
  const receivers = new FloodReceivers(new Set());
  const [one, , pair] = CONTROLS;
  for (let index = 0; index < PODS; index++) {
    const ingress = index % 2 === 0 ? one : pair;
    receivers.set(nameOf(index), [
      treated(index, { vlans: ALL_VLANS, egress: undefined, ingress }),
    ]);
  }
  assert.equal(receivers.realized(find, false).length, PODS);
  assert.equal(receivers.realized(find, true).length, 2 + PODS / 2);
});
