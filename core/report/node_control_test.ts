/** What is said of a TrafficControl by several bridges, put together. */
import assert from "node:assert/strict";
import { condition } from "../contracts/condition.ts";
import { mirror } from "../model/testing/fixtures.ts";
import { Selection } from "../model/pods/selection.ts";
import { type BridgeInputs, nodeControl } from "./node_control.ts";
import { controlReports } from "./node_report.ts";
import { SmallNode } from "./testing/small_node.ts";

/** A bridge with one Pod, which a mirror `m` selects if the bridge has its port. */
function bridgeWith(bridge: string, pod: string, port?: string): BridgeInputs {
  const node = new SmallNode();
  node.pod(pod, "02:00:00:00:00:01");
  if (port !== undefined) node.port(port);
  node.control(mirror("m", "1", "ids0"));
  node.round();
  const { model } = node;
  return {
    bridge,
    model,
    blockers: [],
    failure: undefined,
    invalid: new Map(),
    counts: new Map([["m", { copied: { egress: { packets: 3, bytes: 300 } } }]]),
    podCounts: new Map(),
  };
}

function selecting(...pods: readonly string[]): Selection {
  const selection = new Selection();
  selection.setControl("m", { podSelector: {} });
  const rest = { labels: {}, annotations: {}, ips: [], hostNetwork: false };
  for (const name of pods) selection.setPod({ namespace: "default", name, uid: name, ...rest });
  return selection;
}

Deno.test("it is realized if it is on each bridge where it selects Pods; counts add up", () => {
  const bridges = [bridgeWith("br0", "a", "ids0"), bridgeWith("br1", "b", "ids0")];
  const found = nodeControl("m", { bridges, selection: selecting("a", "b") });
  assert.deepEqual([found.realized, found.pods], [true, ["default/a", "default/b"]]);
  assert.deepEqual(found.copied, { egress: { packets: 6, bytes: 600 } });
  assert.deepEqual(found.bridges!.map(({ bridge, pods }) => [bridge, pods]), [
    ["br0", ["default/a"]],
    ["br1", ["default/b"]],
  ]);
});

Deno.test("a condition of one bridge names it, one of all bridges does not", () => {
  const stopped = condition("RoundFailed", "It is so");
  const [one, other] = [bridgeWith("br0", "a", "ids0"), bridgeWith("br1", "b", "ids0")];
  const said = (...bridges: readonly BridgeInputs[]) => {
    const { realized, conditions } = nodeControl("m", { bridges, selection: selecting("a", "b") });
    return [realized, conditions.map(({ message }) => message)];
  };
  assert.deepEqual(said(one, { ...other, failure: stopped }), [false, ["Bridge br1: It is so"]]);
  const both = [{ ...one, failure: stopped }, { ...other, failure: stopped }];
  assert.deepEqual(said(...both), [false, ["It is so"]]);
  const named = condition("BridgeFailOpen", 'Bridge "br1" fails open');
  assert.deepEqual(said(one, { ...other, blockers: [named] }), [false, [named.message]]);
});

Deno.test("the report on a node is about all its bridges", () => {
  const bridges = [bridgeWith("br0", "a", "ids0"), bridgeWith("br1", "b", "ids0")];
  const [report] = controlReports({ bridges, selection: selecting("a", "b") }, () => 3);
  assert.deepEqual([report!.realized, report!.pods, report!.generation], [true, 2, 3]);
});
