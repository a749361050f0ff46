/** `sluice status` and a program at the agent's address that is no agent. */
import "../../test/lab/environment.ts";
import assert from "node:assert/strict";
import { LIMITS } from "../base/limits.ts";
import { SluiceError } from "../base/errors.ts";
import { formatState, statusCommand } from "./status.ts";

/** Milliseconds that a busy machine adds. */
const SLACK = 2000;

/** A body of which a byte comes now and then. */
function trickling(): Response {
  let timer: ReturnType<typeof setInterval>;
  const body = new ReadableStream({
    start: (body) => void (timer = setInterval(() => body.enqueue(new Uint8Array([32])), 100)),
    cancel: () => clearInterval(timer),
  });
  return new Response(body);
}

Deno.test("an agent whose answer does not end in time: the command ends with an error", async () => {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, trickling);
  const address = `127.0.0.1:${server.addr.port}`;
  const begun = performance.now();
  await assert.rejects(
    statusCommand().parseAsync(["--address", address], { from: "user" }),
    (error: Error) => {
      assert.ok(error instanceof SluiceError);
      assert.match(
        error.message,
        /^Cannot reach the agent at "127\.0\.0\.1:\d+": .*due to timeout/,
      );
      return true;
    },
  );
  const waited = performance.now() - begun;
  assert.ok(waited < LIMITS.stateRequest + SLACK, `${waited} ms`);
});

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
