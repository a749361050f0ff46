import assert from "node:assert/strict";
import interpose from "../../plugins/pipelines/interpose.ts";
import { sentence } from "../contracts/condition.ts";
import type { PipelineType } from "../contracts/mod.ts";
import { mirror, redirect } from "../model/testing/fixtures.ts";
import { controlConditions } from "./control_conditions.ts";
import { SmallNode } from "./testing/small_node.ts";

const MAC = "02:00:00:00:00:01";
const OTHER_MAC = "02:00:00:00:00:02";

/** Sets up a node; the conditions of TrafficControl `t` are compared. */
type Scene = (node: SmallNode) => void;

Deno.test.each<[string, Scene, readonly string[]]>([
  ["all that it needs is there", (node) => {
    node.pod("a", MAC);
    node.port("ids0");
    node.control(mirror("t", "1", "ids0"));
  }, []],
  ["its port has no OpenFlow port number yet", (node) => {
    node.pod("a", MAC);
    node.port("ids0");
    node.control(mirror("t", "1", "ids0"));
    const { ofport: _, ...unnumbered } = node.model.ports.named("ids0")!;
    node.model.setPort("ids0", unnumbered);
  }, ["PortPending"]],
  ["its port is refused, and its Pod has no known MAC", (node) => {
    node.pod("a");
    node.port("ids0", { ours: false, external_ids: { "iface-id": "vm1" } });
    node.control(mirror("t", "1", "ids0"));
  }, ["DeviceInUse", "NoMAC"]],
  ["it is refused: its ports are not reported", (node) => {
    node.pod("a", MAC);
    node.port("ids0", { ours: false, external_ids: { "iface-id": "vm1" } });
    node.control(redirect("older", "1", ["ids0", "ids1"]));
    node.control(mirror("t", "2", "ids0"));
  }, ["Conflict"]],
  ["its time is over: what else is wrong hinders nothing", (node) => {
    node.pod("a");
    node.control({ ...redirect("t", "1", ["in0", "out0"]), period: { until: 1 } });
  }, ["Expired"]],
  ["an older redirect has its Pods: one condition for each, sorted", (node) => {
    node.pod("b", MAC);
    node.pod("a", OTHER_MAC);
    for (const port of ["in0", "out0", "in1", "out1"]) node.port(port);
    node.control(redirect("older", "1", ["in0", "out0"]));
    node.control(redirect("t", "2", ["in1", "out1"]));
  }, ["Superseded default/a", "Superseded default/b"]],
  ["it redirects, and two Pods have one MAC", (node) => {
    for (const pod of ["a", "b"]) node.pod(pod, MAC);
    for (const port of ["in0", "out0"]) node.port(port);
    node.control(redirect("t", "1", ["in0", "out0"]));
  }, ["AmbiguousMAC default/a", "AmbiguousMAC default/b"]],
  ["it mirrors, another one redirects, and two Pods have one MAC", (node) => {
    for (const pod of ["a", "b"]) node.pod(pod, MAC);
    for (const port of ["in0", "out0", "ids0"]) node.port(port);
    node.control(redirect("older", "1", ["in0", "out0"]));
    node.control(mirror("t", "2", "ids0"));
  }, []],
  ["flows of its Pod and of its port are left out, and flows of another Pod", (node) => {
    node.pod("a", MAC);
    node.port("ids0");
    node.control(mirror("t", "1", "ids0"));
    node.round();
    for (const part of ["pod default/a a", "mirror ids0", "pod default/c c"]) {
      node.model.datapath.broken.set(part, new Error("it cannot be matched"));
    }
  }, ["FlowsLeftOut mirror ids0", "FlowsLeftOut pod default/a a"]],
])("the conditions of a TrafficControl when %s", (_, arrange, expected) => {
  const node = new SmallNode();
  arrange(node);
  node.round();
  const found = controlConditions(node.model, node.model.controls.get("t")!);
  assert.equal(found.length, expected.length, JSON.stringify(found));
  for (const [index, { reason, message }] of found.entries()) {
    const [expectedReason, ...about] = expected[index]!.split(" ");
    assert.equal(reason, expectedReason);
    assert.ok(message.includes(about.join(" ")), message);
  }
});

/** The built-in pipeline, which fails for treatments that copy to a port. */
const failsFor = (name: string): PipelineType => ({
  ...interpose,
  create: (options) => {
    const pipeline = interpose.create(options);
    return {
      ...pipeline,
      treatment: (direction, treatment) => {
        if (treatment.copies.some(({ to }) => to.some((port) => port.name === name))) {
          throw new Error("it fails");
        }
        return pipeline.treatment(direction, treatment);
      },
    };
  },
});

Deno.test("a treatment whose flows are left out is said of the TrafficControls whose Pods have it", () => {
  const node = new SmallNode(failsFor("ids0"));
  node.pod("a", MAC);
  for (const port of ["ids0", "ids1"]) node.port(port);
  node.control({ ...mirror("t", "1", "ids0"), directions: ["egress"] });
  node.control({ ...mirror("same-pod", "2", "ids1"), directions: ["ingress"] });
  node.control(mirror("no-pod", "3", "ids0"), "no Pod");
  node.round();
  const said = (name: string) =>
    controlConditions(node.model, node.model.controls.get(name)!).map(sentence);
  assert.equal(said("t").length, 1, said("t").join());
  assert.match(said("t")[0]!, /^No flows for egress \d+: it fails$/);
  assert.deepEqual([said("same-pod"), said("no-pod")], [[], []]);
});

Deno.test("a text that two conditions have is reported once", () => {
  const node = new SmallNode();
  node.pod("a", MAC);
  const control = mirror("t", "1", "ids0");
  node.control(control);
  node.port("ids0", { error: "no such device" });
  node.round();
  const twice = { ...control, ports: [...control.ports, ...control.ports] };
  const found = controlConditions(node.model, twice);
  assert.deepEqual(found.map(({ reason }) => reason), ["PortFailed"]);
});
