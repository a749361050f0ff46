/** Where a Pod's packets are known, and what is done to them, by its ports and its neighbours. */
import assert from "node:assert/strict";
import type { Attachment, Resolver } from "../../contracts/mod.ts";
import type { Control, PodObject } from "../../objects/types.ts";
import { BridgePorts } from "../ports/bridge_ports.ts";
import { mirror, redirect } from "../testing/fixtures.ts";
import { LocalPods } from "./local_pods.ts";
import { place } from "./placement.ts";

const MAC = "02:00:00:00:00:01";
const attached: Attachment = { port: "p1", macs: [MAC], ips: ["192.0.2.1"], match: "mac" };

const pod = (name: string): PodObject => ({
  namespace: "default",
  name,
  uid: name,
  labels: {},
  annotations: {},
  hostNetwork: false,
  ips: [],
});

/** Pods at their ports, each with the TrafficControls that select it. */
function scene(
  where: Readonly<Record<string, readonly Attachment[]>>,
  selected: Readonly<Record<string, readonly Control[]>>,
  ports = new BridgePorts<string>(),
) {
  const resolver: Resolver = { name: "test", docs: "", resolve: ({ name }) => where[name] ?? [] };
  const pods = new LocalPods([resolver], ports);
  for (const name of Object.keys(where)) {
    pods.set(pod(name));
    pods.resolve(`default/${name}`);
  }
  return (name: string) =>
    place(`default/${name}`, {
      pods,
      port: (port) => ports.named(port),
      controls: (key) => selected[key.split("/")[1]!] ?? [],
    });
}

const reasons = ({ conditions }: ReturnType<ReturnType<typeof scene>>) =>
  conditions.map(({ reason }) => reason);

Deno.test("a Pod that nothing selects is placed, and nothing is done to it", () => {
  const { placements, conditions } = scene({ a: [attached] }, {})("a");
  const [placement] = placements;
  assert.equal(placements.length, 1);
  assert.deepEqual([placement!.egress, placement!.ingress, conditions], [undefined, undefined, []]);
  assert.deepEqual([placement!.ambiguous, placement!.access], [false, false]);
});

Deno.test("a Pod that no resolver finds has no place, and says so", () => {
  const placed = scene({ a: [] }, { a: [mirror("m", "1", "tap0")] })("a");
  assert.deepEqual([placed.placements, reasons(placed)], [[], ["NoPort"]]);
});

Deno.test("each port of a Pod is placed", () => {
  const second: Attachment = { ...attached, port: "p2", macs: ["02:00:00:00:00:02"] };
  const { placements } = scene({ a: [attached, second] }, { a: [mirror("m", "1", "tap0")] })("a");
  assert.deepEqual(placements.map(({ port }) => port), ["p1", "p2"]);
  assert.ok(placements.every(({ egress, ingress }) => egress && ingress));
});

Deno.test("Pods that share a MAC are mirrored and not redirected; the mirror of one is that of both", () => {
  const where = { a: [attached], b: [{ ...attached, port: "p2" }] };
  const selected = { a: [mirror("m", "1", "tap0"), redirect("r", "2", ["t", "u"])] };
  const placeOf = scene(where, selected);
  const [a, b] = [placeOf("a"), placeOf("b")];
  assert.deepEqual(reasons(a), ["AmbiguousMAC"]);
  assert.deepEqual([a.placements[0]!.ambiguous, b.placements[0]!.ambiguous], [true, true]);
  assert.deepEqual(
    a.placements[0]!.egress,
    scene({ a: [attached] }, { a: [mirror("m", "1", "tap0")] })("a").placements[0]!.egress,
    "as if there were no redirect",
  );
  assert.equal(b.placements[0]!.egress, undefined, "what b sends nothing selects");
  assert.equal(b.placements[0]!.ingress?.id, a.placements[0]!.ingress?.id);
});

Deno.test("without a MAC nothing is redirected, and a condition says the cure", () => {
  const nameless: Attachment = { ...attached, macs: [], match: "ip" };
  const placed = scene({ a: [nameless] }, { a: [redirect("r", "1", ["t", "u"])] })("a");
  assert.deepEqual(reasons(placed), ["NoMAC"]);
  assert.equal(placed.placements[0]!.egress, undefined);
});

Deno.test("an access port is one whose row says so", () => {
  const ports = new BridgePorts<string>();
  const row = { type: "", options: {}, external_ids: {}, ours: false };
  const rows = { interfaceUUID: "i", portUUID: "p" };
  ports.set("p1", { ...row, ...rows, name: "p1", accessVLAN: 7 });
  const { placements } = scene({ a: [attached] }, { a: [mirror("m", "1", "tap0")] }, ports)("a");
  assert.equal(placements[0]!.access, true);
});

Deno.test("the redirect that does not have the Pod is named with the one that has it", () => {
  const both = [redirect("old", "1", ["t", "u"]), redirect("young", "2", ["v", "w"])];
  const { superseded } = scene({ a: [attached] }, { a: both })("a");
  assert.deepEqual([...superseded.keys()], ["young"]);
});
