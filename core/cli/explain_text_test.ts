/** Explanations as text: the order of what is said, and lists that are cut. */
import assert from "node:assert/strict";
import { LIMITS } from "../base/limits.ts";
import type { ControlExplanation, PodExplanation } from "../explain/explanation.ts";
import { formatControl, formatPod } from "./explain_text.ts";

const pod: PodExplanation = {
  pod: "default/a",
  node: "node1",
  labels: ["app=web"],
  namespaceLabels: ["kubernetes.io/metadata.name=default"],
  conditions: [],
  ports: [],
  trafficControls: [],
};
const differs = (found: string) => [{
  of: "Pod" as const,
  label: "app",
  operator: "=" as const,
  values: ["db"],
  found,
  message: `wanted app=db, the Pod has app=${found}`,
}];

Deno.test("problems come first, each with its cure; what several say is there once", () => {
  const warning = { reason: "LinkDown", message: "down", cure: "up", warning: true } as const;
  const problem = { reason: "NoPort", message: "no port", cure: "make one" } as const;
  const selecting = (name: string) => ({
    name,
    action: "Mirror",
    direction: "Both",
    outcome: "no port" as const,
    differs: [],
    conditions: [warning, problem],
  });
  const trafficControls = [selecting("m"), selecting("n")];
  const lines = formatPod({ ...pod, conditions: [problem], trafficControls }).split("\n");
  assert.deepEqual(lines.slice(0, 7), [
    "Pod default/a on node node1: 2 of 2 TrafficControls select it",
    "",
    "  problem: NoPort: no port",
    "    cure: make one",
    "  warning: tc/m: LinkDown: down",
    "    cure: up",
    "",
  ]);
  assert.ok(lines.includes("It is on no port of the bridge."));
  assert.match(
    lines.find((line) => line.startsWith("m "))!,
    /^m +Mirror +Both +no port \(NoPort\)$/,
  );
});

Deno.test("what a Pod's port has is told by direction, and its flows come last", () => {
  const text = formatPod({
    ...pod,
    ports: [{
      bridge: "br0",
      name: "veth1",
      ofport: 7,
      macs: ["02:00:00:00:00:01"],
      ips: [],
      directions: [
        { direction: "egress", does: ['a copy to tap0, for "m"', "dropped"], decisions: ["why"] },
        { direction: "ingress", does: [], decisions: [] },
      ],
      flows: [
        { flow: "cookie=0x1 actions=drop", isThere: true },
        { flow: "cookie=0x2 actions=drop", isThere: false },
      ],
      sharedFlows: 3,
    }],
  });
  assert.match(
    text,
    /\nPort veth1 on bridge br0: OpenFlow port 7, MAC 02:00:00:00:00:01, IP -\n {2}what it sends: a copy to tap0, for "m"; dropped\n {4}why\n {2}what it receives: nothing is done\n/,
  );
  assert.match(
    text,
    /\n {2}cookie=0x1 actions=drop\n {2}cookie=0x2 actions=drop {3}\(not in the switch yet\)\n$/,
  );
  assert.match(text, /Flows for port veth1 on bridge br0 alone: 2, besides 3 of its treatments/);
});

Deno.test("a long list is cut, and the number of the others is told", () => {
  const count = LIMITS.explainedItems + 5;
  const names = Array.from({ length: count }, (_, index) => `t${index}`);
  const others = names.map((name) => ({
    name,
    action: "Mirror",
    direction: "Both",
    outcome: "not selected" as const,
    differs: differs("web"),
    conditions: [],
  }));
  const text = formatPod({ ...pod, trafficControls: others });
  assert.equal(text.match(/: wanted app=db, the Pod has app=web$/gm)!.length, count - 5);
  assert.match(text, /^ {2}\.\.\. and 5 more: -o json has all$/m);
});

Deno.test("a TrafficControl: what it selects, why not the others, and who else has its ports", () => {
  const control: ControlExplanation = {
    control: "m",
    action: "Mirror",
    direction: "Both",
    realized: true,
    requires: ["Pods with app=db"],
    conditions: [],
    ports: [{
      bridge: "br0",
      name: "eth1",
      role: "target",
      type: "",
      ofport: 3,
      isReady: true,
      others: [{ name: "n", isRefused: false }, { name: "r", isRefused: true }],
    }],
    selected: [{ pod: "default/b", outcome: "in effect", ports: ["veth2"] }],
    notSelected: [{ pod: "default/a", differs: differs("web") }],
    flows: [],
    podFlows: 4,
  };
  const text = formatControl(control);
  assert.match(
    text,
    /^TrafficControl m \(Mirror, Both\): it selects 1 of 2 Pods, and is realized\n/,
  );
  assert.match(text, /^Selects: Pods with app=db$/m);
  assert.match(text, /^ {2}default\/b: in effect, port veth2$/m);
  assert.match(text, /^ {2}default\/a: wanted app=db, the Pod has app=web$/m);
  assert.match(text, /^eth1 +br0 +target +device +3 +yes +n, r \(refused\)$/m);
  const none = formatControl({
    ...control,
    requires: [],
    notSelected: [{ pod: "p", differs: [] }],
  });
  assert.match(none, /^Selects: no Pod, as it has no selector$/m);
  assert.match(none, /^ {2}p: it has no selector, so it selects no Pod$/m);
});
