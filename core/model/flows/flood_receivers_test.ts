import assert from "node:assert/strict";
import fc from "fast-check";
import interpose from "../../../plugins/pipelines/interpose.ts";
import { ALL_VLANS, type PortVLANs, type Row, type VLANPort } from "../../contracts/mod.ts";
import type { TreatedPort } from "../pods/treated_pod.ts";
import { combine } from "../pods/treatments.ts";
import { control, mirror, redirect } from "../testing/fixtures.ts";
import { counterID } from "./counters.ts";
import { FLOOD_PART, FloodReceivers } from "./flood_receivers.ts";

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

/** The last Pods' ports have no number yet. */
const WITHOUT = 2;

const find = (name: string) => {
  const target = TARGETS.indexOf(name);
  if (target >= 0) return { name, ofport: FIRST_TARGET + target };
  const index = Number(name.slice(1));
  return index < PODS - WITHOUT ? { name, ofport: index + 1 } : undefined;
};

class Scene {
  readonly dirty = new Set<string>();
  readonly receivers: FloodReceivers;

  constructor(isFew: boolean) {
    this.receivers = new FloodReceivers(this.dirty, {
      find,
      needsFew: () => isFew,
      isContended: () => false,
    });
  }

  set(index: number, described: DescribedPod | undefined): void {
    this.receivers.set(nameOf(index), described ? [treated(index, described)] : []);
  }

  rows(): readonly Row[] {
    const ports: VLANPort[] = Array.from(
      { length: PODS + 1 },
      (_, index) => ({ ofport: index + 1, vlans: VLANS[index % VLANS.length]! }),
    );
    const pipeline = interpose.create({ tableBase: 200 });
    return pipeline.flood!(this.receivers.realized(), { withVLANs: ports, flooded: ports });
  }
}

Deno.test("the rows for broadcast are the same if the pipeline gets only some of the receivers", () => {
  const change = fc.tuple(fc.nat(PODS - 1), fc.option(pod, { nil: undefined }));
  fc.assert(fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
    const few = new Scene(true);
    let written = few.rows();
    const now = new Map<number, DescribedPod | undefined>();
    for (const [index, described] of changes) {
      few.set(index, described);
      now.set(index, described);
      if (few.dirty.has(FLOOD_PART)) written = few.rows();
      few.dirty.clear();
    }
    const all = new Scene(false);
    for (const [index, described] of now) all.set(index, described);
    assert.deepEqual(written, all.rows());
  }));
});

Deno.test("of many receivers that are only mirrored, two of a kind count; of redirected ones, all", () => {
  const [one, , pair] = CONTROLS;
  for (
    const [isFew, control, counting] of [[true, one, 2], [true, pair, 8], [false, one, 8]] as const
  ) {
    const scene = new Scene(isFew);
    const changes = Array.from({ length: 8 }, (_, index) => {
      scene.dirty.clear();
      scene.set(index, { vlans: ALL_VLANS, egress: undefined, ingress: control });
      return scene.dirty.has(FLOOD_PART);
    });
    assert.equal(changes.filter(Boolean).length, counting, "Pods after which rows are written");
    assert.equal(scene.receivers.realized().length, counting);
  }
});

Deno.test("a copy for Pods of one TrafficControl counts for that, and one for Pods of several counts for nobody", () => {
  const scene = new Scene(true);
  const [one, other] = [mirror("one", "1", TARGETS[0]!), mirror("other", "2", TARGETS[0]!)];
  const plain = { vlans: ALL_VLANS, egress: undefined };
  const counters = () => [
    ...new Set(
      scene.receivers.realized().flatMap(({ ingress }) =>
        ingress.copies.map(({ counter }) => counter)
      ),
    ),
  ];
  const own = (control: string) => counterID({ control, direction: "ingress", counts: "copied" });
  scene.set(0, { ...plain, ingress: one });
  scene.set(1, { ...plain, ingress: one });
  assert.deepEqual(counters(), [own("one")]);
  scene.dirty.clear();
  scene.set(2, { ...plain, ingress: other });
  assert.deepEqual(counters(), [0]);
  assert.ok(scene.dirty.has(FLOOD_PART), "the rows are written again");
  scene.set(0, undefined);
  scene.set(1, undefined);
  assert.deepEqual(counters(), [own("other")]);
});
