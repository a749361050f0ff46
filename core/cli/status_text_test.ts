/** The text of `sluice status`: tables, and what is to be looked at before them. */
import assert from "node:assert/strict";
import { withCures } from "./status.ts";
import { formatState } from "./status_text.ts";

Deno.test("the ports of additional entries stand beside those of the first one", () => {
  const control = {
    name: "a",
    action: "Redirect",
    direction: "Both",
    realized: true,
    pods: ["default/p"],
    conditions: [],
  };
  const text = formatState({
    bridge: "br0",
    conditions: [],
    trafficControls: [
      {
        ...control,
        target: "tap0",
        return: "tap1",
        additionalPorts: [
          { name: "x", target: "tap2", return: "tap3", weight: 1 },
        ],
      },
      {
        ...control,
        name: "b",
        target: "ids0",
        additionalPorts: [
          { name: "x", target: "ids1", weight: 2 },
        ],
      },
      { ...control, name: "c" },
    ],
    pods: [],
    ports: [],
    sensors: [],
    flows: 0,
    issues: [],
    plugins: [],
  });
  assert.match(text, /^a +Redirect +Both +tap0,tap2 +tap1,tap3 +1 +yes$/m);
  assert.match(text, /^b +Redirect +Both +ids0,ids1 +- +1 +yes$/m);
  assert.match(text, /^c +Redirect +Both +- +- +1 +yes$/m);
});

Deno.test("each probed sensor is a line, with the time that its last probe took, if that is known", () => {
  const sensor = { return: "vout", state: "up", evidence: "it answers", isOpen: false } as const;
  const text = formatState({
    bridge: "br0",
    conditions: [],
    trafficControls: [],
    pods: [],
    ports: [],
    sensors: [
      { ...sensor, target: "vin", roundTripMilliseconds: 0.456 },
      { ...sensor, target: "vin1", state: "down", isOpen: true },
    ],
    flows: 0,
    issues: [],
    plugins: [],
  });
  assert.match(text, /^TARGET +RETURN +STATE +OPEN +ROUND TRIP +EVIDENCE$/m);
  assert.match(text, /^vin +vout +up +no +0\.5 ms +it answers$/m);
  assert.match(text, /^vin1 +vout +down +yes +- +it answers$/m);
});

Deno.test("what was done for TrafficControls is in columns, of which none is there that would be empty", () => {
  const control = {
    action: "Mirror",
    direction: "Both",
    realized: true,
    pods: ["default/p"],
    conditions: [],
  };
  const count = (packets: number) => ({ packets, bytes: 100 * packets });
  const show = (...trafficControls: Parameters<typeof formatState>[0]["trafficControls"]) =>
    formatState({
      bridge: "br0",
      conditions: [],
      trafficControls,
      pods: [],
      ports: [],
      sensors: [],
      flows: 0,
      issues: [],
      plugins: [],
    });
  const copies = { ...control, name: "a", copied: { egress: count(1234567), ingress: count(3) } };
  const redirects = { ...control, name: "b", redirected: { ingress: count(0) } };
  const drops = { ...control, name: "c", dropped: 7 };
  const all = show(copies, redirects, drops, { ...control, name: "d" });
  assert.match(all, /^NAME .* REALIZED +COPIED +REDIRECTED +DROPPED$/m);
  assert.match(all, /^a .* yes +1234570 +- +-$/m);
  assert.match(all, /^b .* yes +- +0 +-$/m);
  assert.match(all, /^c .* yes +- +- +7$/m);
  assert.match(all, /^d .* yes +- +- +-$/m);
  assert.match(show(copies), /REALIZED +COPIED$/m);
  assert.match(show({ ...control, name: "d" }), /REALIZED$/m);
});

Deno.test("what is counted by Pod is shown on demand, in the columns of what is done", () => {
  const control = { action: "", direction: "", realized: true, pods: [], conditions: [] };
  const copied = { egress: { packets: 3, bytes: 1 }, ingress: { packets: 4, bytes: 1 } };
  const state = {
    bridge: "br0",
    conditions: [],
    trafficControls: [
      {
        ...control,
        name: "m",
        copied,
        byPod: [{ pod: "prod/a", copied }, { pod: "prod/b", copied }],
      },
      { ...control, name: "r", dropped: 5, byPod: [{ pod: "prod/a", dropped: 5 }] },
      { ...control, name: "other", copied },
    ],
    pods: [],
    ports: [],
    sensors: [],
    flows: 0,
    issues: [],
    plugins: [],
  };
  const lines = (text: string) => text.split("\n").map((line) => line.trim().split(/ {2,}/));
  const shown = lines(formatState(state, { wide: true }));
  const at = shown.findIndex(([title]) => title === "Counted by Pod");
  assert.deepEqual(shown.slice(at + 1, at + 5), [
    ["TRAFFICCONTROL", "POD", "COPIED", "DROPPED"],
    ["m", "prod/a", "7", "-"],
    ["m", "prod/b", "7", "-"],
    ["r", "prod/a", "-", "5"],
  ]);
  assert.doesNotMatch(formatState(state), /Counted by Pod/);
  const none = { ...state, trafficControls: [] };
  assert.equal(formatState(none, { wide: true }), formatState(none));
});

const NOBODY = { action: "", direction: "", realized: false, pods: [] };
const STATE = {
  bridge: "br0",
  conditions: [],
  trafficControls: [],
  pods: [],
  ports: [],
  sensors: [],
  flows: 0,
  issues: [],
  plugins: [],
};

Deno.test("what is to be looked at comes first, the worst at the top, each with its cure", () => {
  const stopped = { reason: "Disconnected", message: "No switch" } as const;
  const missing = { reason: "DeviceMissing", message: "No eno2", cure: "create it" } as const;
  const quiet = { reason: "NoTraffic", message: "No packet", warning: true } as const;
  const later = { reason: "Pending", message: "Not yet" } as const;
  const text = formatState({
    ...STATE,
    conditions: [stopped],
    trafficControls: [
      { ...NOBODY, name: "a", conditions: [later, quiet, stopped] },
      { ...NOBODY, name: "b", conditions: [missing] },
    ],
    issues: ["a.yaml: it is wrong"],
  });
  const lines = text.split("\n").slice(1, 12).map((line) => line.trim());
  assert.deepEqual(lines, [
    "",
    "Problems",
    "problem: Bridge: Disconnected: No switch", // not again of each TrafficControl
    'cure: start Open vSwitch, or name its sockets; run "sluice doctor" for more',
    "problem: b: DeviceMissing: No eno2: create it",
    "a.yaml: it is wrong",
    "warning: a: NoTraffic: No packet",
    "planned: a: Pending: Not yet",
    "cure: nothing, if it is meant; otherwise change startTime",
    "",
    "TrafficControls",
  ]);
});

Deno.test("a terminal has colours and cells that are cut; without it nothing is cut", () => {
  const port = { name: "a-port-with-a-name-that-is-much-too-long-for-it", ofport: 7 };
  const state = {
    ...STATE,
    ports: [port],
    trafficControls: [{ ...NOBODY, name: "m", realized: true, pods: ["a/b"], conditions: [] }],
  };
  const painted = (text: string) => `<${text}>`;
  const colours = { bad: painted, doubtful: painted, good: painted, head: painted, quiet: painted };
  const narrow = formatState(state, { width: 40, colours });
  assert.match(narrow, /^a-port-\S*… +7 /m);
  assert.match(narrow, /^m .* <yes>$/m);
  assert.ok(formatState(state).includes(`\n${port.name}   7`));
  assert.doesNotMatch(formatState(state), /[<…]/);
});

Deno.test("JSON has a cure wherever the text has one", () => {
  const condition = { reason: "Pending", message: "Not yet" } as const;
  const control = { ...NOBODY, name: "a", conditions: [condition] };
  const cured = withCures({ ...STATE, conditions: [condition], trafficControls: [control] });
  const cure = "nothing, if it is meant; otherwise change startTime";
  assert.deepEqual(cured.conditions, [{ ...condition, cure }]);
  assert.deepEqual(cured.trafficControls[0]!.conditions, [{ ...condition, cure }]);
});
