/** Of which TrafficControls it may be said that they see no packet. */
import assert from "node:assert/strict";
import { control, internal, mirror, redirect } from "../model/testing/fixtures.ts";
import { controlConditions } from "./control_conditions.ts";
import { noTraffic, timeText, watchedControls } from "./no_traffic.ts";
import { SmallNode } from "./testing/small_node.ts";

const PORTS = ["ids0", "ids1", "in0", "out0", "in1", "out1"];

function nodeWith(...controls: Parameters<SmallNode["control"]>[]): SmallNode {
  const node = new SmallNode();
  node.pod("a", "02:00:00:00:00:01");
  for (const port of PORTS) node.port(port);
  for (const each of controls) node.control(...each);
  node.round();
  return node;
}

const open = control("open", "1", {
  treatment: {
    hops: [{ pairs: [{ target: "in0", return: "out0" }], scope: { failureMode: "Open" } }],
  },
  specs: ["in0", "out0"].map(internal),
});

const CASES: readonly (readonly [string, Parameters<SmallNode["control"]>[], string[]])[] = [
  ["a mirror and a redirect", [[mirror("m", "1", "ids0")], [redirect("r", "2", ["in0", "out0"])]], [
    "m",
    "r",
  ]],
  ["none", [], []],
  ["one without a Pod here", [[mirror("m", "1", "ids0"), "no Pod"]], []],
  ["one without its port", [[mirror("m", "1", "nowhere")]], []],
  ["two that ask for the same copy", [[mirror("m", "1", "ids0")], [mirror("n", "2", "ids0")]], []],
  ["two that share one of their ports", [[mirror("m", "1", "ids0", "ids1")], [
    mirror("n", "2", "ids1"),
  ]], []],
  ["one whose port is that of another without Pods here", [[mirror("m", "1", "ids0")], [
    mirror("n", "2", "ids0"),
    "no Pod",
  ]], ["m"]],
  ["the other one redirects its Pods", [[redirect("r", "1", ["in0", "out0"])], [
    redirect("s", "2", ["in1", "out1"]),
  ]], ["r"]],
];

Deno.test.each(CASES)("watched: %s", (_, controls, expected) => {
  assert.deepEqual(watchedControls(nodeWith(...controls).model).sort(), expected);
});

Deno.test("not watched: a redirect whose packets pass without its sensor", () => {
  const probed = { ...open.treatment.hops![0]!.scope, healthProbe: {} };
  const hops = [{ ...open.treatment.hops![0]!, scope: probed }];
  const node = nodeWith([{ ...open, treatment: { hops } as typeof open.treatment }]);
  assert.deepEqual(watchedControls(node.model), []);
  assert.deepEqual(watchedControls(nodeWith([open]).model), ["open"]);
});

Deno.test("the warning is told of the one that sees no packet, and of no other", () => {
  const { model } = nodeWith([mirror("m", "1", "ids0")], [mirror("n", "2", "ids1")]);
  model.datapath.quiet = new Map([["m", "10m"]]);
  const of = (name: string) => controlConditions(model, model.controls.get(name)!);
  assert.deepEqual(of("m"), [noTraffic("10m")]);
  assert.deepEqual(of("n"), []);
});

Deno.test("times are told as users give them", () => {
  const times = [[10_000, "10s"], [90_000, "90s"], [600_000, "10m"], [7_200_000, "2h"]] as const;
  for (const [milliseconds, text] of times) assert.equal(timeText(milliseconds), text);
});
