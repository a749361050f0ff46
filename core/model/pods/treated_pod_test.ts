/** What is done to the packets of a Pod, depending on its ports and on Pods with the same MAC. */
import assert from "node:assert/strict";
import { ALL_VLANS, type Attachment, type Resolver } from "../../contracts/mod.ts";
import type { Control, PodObject } from "../../objects/types.ts";
import { BridgePorts } from "../ports/bridge_ports.ts";
import { mirror, redirect } from "../testing/fixtures.ts";
import { LocalPods } from "./local_pods.ts";
import { treatPod } from "./treated_pod.ts";

const MAC = "02:00:00:00:00:01";
const attached: Attachment = { port: "p1", macs: [MAC], ips: ["192.0.2.1"], match: "mac" };

const pod = (name: string, more: Partial<PodObject> = {}): PodObject => ({
  namespace: "default",
  name,
  uid: name,
  labels: {},
  annotations: {},
  hostNetwork: false,
  ips: [],
  ...more,
});

/** Pods at their ports, each with the TrafficControls that select it. */
function scene(
  where: Readonly<Record<string, readonly Attachment[]>>,
  selected: Readonly<Record<string, readonly Control[]>>,
  more: Readonly<Record<string, Partial<PodObject>>> = {},
  ports = new BridgePorts<string>(),
) {
  const resolver: Resolver = { name: "test", docs: "", resolve: ({ name }) => where[name] ?? [] };
  const pods = new LocalPods({ resolvers: [resolver], ports });
  for (const name of Object.keys(where)) {
    pods.set(pod(name, more[name]));
    pods.resolve(`default/${name}`);
  }
  return (name: string) =>
    treatPod(`default/${name}`, {
      pods,
      port: (port) => ports.named(port),
      controls: (key) => selected[key.split("/")[1]!] ?? [],
    });
}

const reasons = ({ conditions }: ReturnType<ReturnType<typeof scene>>) =>
  conditions.map(({ reason }) => reason);

Deno.test("a Pod that no TrafficControl selects has its port, and nothing is done to its packets", () => {
  const { ports, conditions } = scene({ a: [attached] }, {})("a");
  const [port] = ports;
  assert.equal(ports.length, 1);
  assert.deepEqual([port!.egress, port!.ingress, conditions], [undefined, undefined, []]);
  assert.deepEqual([port!.ambiguous, port!.vlans], [false, ALL_VLANS]);
});

Deno.test("a Pod that no resolver finds has no port, and the condition NoPort", () => {
  const treated = scene({ a: [] }, { a: [mirror("m", "1", "tap0")] })("a");
  assert.deepEqual([treated.ports, reasons(treated)], [[], ["NoPort"]]);
});

Deno.test("the packets of each port of a Pod are treated", () => {
  const second: Attachment = { ...attached, port: "p2", macs: ["02:00:00:00:00:02"] };
  const { ports } = scene({ a: [attached, second] }, { a: [mirror("m", "1", "tap0")] })("a");
  assert.deepEqual(ports.map(({ port }) => port), ["p1", "p2"]);
  assert.ok(ports.every(({ egress, ingress }) => egress && ingress));
});

Deno.test("Pods that share a MAC are mirrored and not redirected; what one of them receives is mirrored for both", () => {
  const where = { a: [attached], b: [{ ...attached, port: "p2" }] };
  const selected = { a: [mirror("m", "1", "tap0"), redirect("r", "2", ["t", "u"])] };
  const treated = scene(where, selected);
  const [a, b] = [treated("a"), treated("b")];
  assert.deepEqual(reasons(a), ["AmbiguousMAC"]);
  assert.deepEqual([a.ports[0]!.ambiguous, b.ports[0]!.ambiguous], [true, true]);
  assert.deepEqual(
    a.ports[0]!.egress,
    scene({ a: [attached] }, { a: [mirror("m", "1", "tap0")] })("a").ports[0]!.egress,
    "as if there were no redirect",
  );
  assert.equal(b.ports[0]!.egress, undefined, "no TrafficControl selects b");
  assert.equal(b.ports[0]!.ingress?.id, a.ports[0]!.ingress?.id);
});

Deno.test("a Pod without a MAC is not redirected, and has the condition NoMAC", () => {
  const nameless: Attachment = { ...attached, macs: [], match: "ip" };
  const treated = scene({ a: [nameless] }, { a: [redirect("r", "1", ["t", "u"])] })("a");
  assert.deepEqual(reasons(treated), ["NoMAC"]);
  assert.equal(treated.ports[0]!.egress, undefined);
});

Deno.test("that an annotation is too large to be read is a warning", () => {
  const leftOut = 'annotation "a" is too large, and not read: 17000 characters';
  const treated = scene({ a: [attached] }, { a: [mirror("m", "1", "tap0")] }, { a: { leftOut } })(
    "a",
  );
  assert.deepEqual(
    treated.conditions.map(({ message, warning }) => [message, warning]),
    [[`Pod "default/a": ${leftOut}`, true]],
  );
});

Deno.test("a Pod without a MAC whose packets are told by their addresses is dropped, without a condition", () => {
  const nameless: Attachment = { ...attached, macs: [], match: "ip" };
  const drops = { ...mirror("d", "1", "t"), treatment: { drop: true } } as const;
  const { ports, conditions } = scene({ a: [nameless] }, { a: [drops] })("a");
  assert.deepEqual([ports[0]!.egress?.drop, ports[0]!.ingress?.drop], [true, true]);
  assert.deepEqual(conditions, []);
});

Deno.test("where annotations do not count, no cure says that one is enough", () => {
  const nameless: Attachment = { ...attached, macs: [] };
  const selected = { a: [redirect("r", "1", ["t", "u"])], b: [redirect("r", "1", ["t", "u"])] };
  const cures = (isTenants: object) => {
    const treated = scene({ a: [nameless], b: [] }, selected, { a: isTenants, b: isTenants });
    return [...treated("a").conditions, ...treated("b").conditions].map(({ cure }) => cure!);
  };
  assert.equal(cures({}).length, 3);
  for (const cure of cures({})) assert.doesNotMatch(cure, /--trust-annotations/);
  for (const cure of cures({ isTenants: true })) {
    assert.match(cure, /its CNI.*annotation sluice.dev.*--trust-annotations/);
  }
});

Deno.test("a Pod's port has the VLANs of its row", () => {
  const ports = new BridgePorts<string>();
  const row = { type: "", options: {}, external_ids: {}, ours: false };
  const rows = { interfaceUUID: "i", portUUID: "p" };
  const vlans = { mode: "access", own: 7, trunks: [] } as const;
  ports.set("p1", { ...row, ...rows, name: "p1", vlans });
  const treated = scene({ a: [attached] }, { a: [mirror("m", "1", "tap0")] }, {}, ports)("a");
  assert.deepEqual(treated.ports[0]!.vlans, vlans);
});

Deno.test("if two redirects select a Pod, the younger one is superseded", () => {
  const both = [redirect("old", "1", ["t", "u"]), redirect("young", "2", ["v", "w"])];
  const { superseded } = scene({ a: [attached] }, { a: both })("a");
  assert.deepEqual([...superseded.keys()], ["young"]);
});
