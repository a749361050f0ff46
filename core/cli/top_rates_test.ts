/** Rates from two readings: exact, never negative, and over the time that really went by. */
import assert from "node:assert/strict";
import type { CountersReport } from "../report/counters_report.ts";
import { increase, Rates } from "./top_rates.ts";

const count = (packets: number) => ({ packets, bytes: 100 * packets });
const NOTHING: CountersReport = {
  bridges: [{ bridge: "br0", isRead: true }],
  trafficControls: [],
  pods: [],
  ports: [],
  podPorts: [],
};

const mirrored = (packets: number, name = "m", bridge = "br0") => ({
  bridge,
  name,
  copied: { egress: count(packets), ingress: count(0) },
});
const withControls = (...trafficControls: CountersReport["trafficControls"]) => ({
  ...NOTHING,
  trafficControls,
});
const rate = (packets: number, seconds: number) => ({
  ...count(packets),
  packetsPerSecond: packets / seconds,
  bytesPerSecond: 100 * packets / seconds,
});

Deno.test("the first reading has no rates, the next one those of the time between the two", () => {
  const rates = new Rates("tc");
  assert.deepEqual(rates.take(withControls(mirrored(1000)), 0), []);
  assert.deepEqual(rates.take(withControls(mirrored(1010)), 2000), [
    { subject: { trafficControl: "m" }, copied: rate(10, 2) },
  ]);
});

Deno.test("a counter that begins anew has counted what it says: no rate is negative", () => {
  assert.deepEqual(increase(count(1000), count(7)), count(7));
  assert.deepEqual(increase(undefined, count(7)), count(7));
  assert.deepEqual(increase(count(7), count(9)), count(2));
  const rates = new Rates("tc");
  rates.take(withControls(mirrored(1000)), 0);
  assert.deepEqual(rates.take(NOTHING, 1000), []);
  const [again] = rates.take(withControls(mirrored(3)), 2000);
  assert.deepEqual(again!.copied, rate(3, 1));
});

Deno.test("a switch that does not tell its counters has no rates; the next ones are over the whole time", () => {
  const rates = new Rates("tc");
  const unread = { ...NOTHING, bridges: [{ bridge: "br0", isRead: false }] };
  rates.take(withControls(mirrored(1000)), 0);
  assert.deepEqual(rates.take(unread, 1000), []);
  const [row] = rates.take(withControls(mirrored(1010)), 2000);
  assert.deepEqual(row!.copied, rate(10, 2));
});

Deno.test("on several bridges a TrafficControl has one row, and what moves most comes first", () => {
  const on = (a: number, b: number, other: number): CountersReport => ({
    ...withControls(mirrored(a, "m", "a"), mirrored(b, "m", "b"), mirrored(other, "big", "b")),
    bridges: [{ bridge: "a", isRead: true }, { bridge: "b", isRead: true }],
  });
  const rates = new Rates("tc");
  rates.take(on(0, 0, 0), 0);
  assert.deepEqual(rates.take(on(1, 2, 100), 1000), [
    { subject: { trafficControl: "big" }, copied: rate(100, 1) },
    { subject: { trafficControl: "m" }, copied: rate(3, 1) },
  ]);
});

Deno.test("a Pod has what it sends and receives, and what is counted for it by all TrafficControls", () => {
  const pod = { namespace: "prod", name: "web" };
  const port = { bridge: "br0", namespace: "prod", pod: "web", name: "veth1", ofport: 3 };
  const reading = (packets: number): CountersReport => ({
    ...NOTHING,
    pods: ["m", "n"].map((trafficControl) => ({
      bridge: "br0",
      trafficControl,
      ...pod,
      copied: { egress: count(packets) },
    })),
    podPorts: [{ ...port, sent: count(2 * packets), received: count(3 * packets) }],
  });
  const rates = new Rates("pod");
  rates.take(reading(0), 0);
  assert.deepEqual(rates.take(reading(10), 1000), [{
    subject: { namespace: "prod", pod: "web" },
    copied: rate(20, 1),
    sent: rate(30, 1),
    received: rate(20, 1),
  }]);
});

Deno.test("a port has what goes into it and what comes out, and who uses it", () => {
  const reading = (packets: number): CountersReport => ({
    ...NOTHING,
    ports: [{
      bridge: "br0",
      name: "tap0",
      ofport: 7,
      trafficControls: ["m"],
      sent: count(packets),
      received: count(0),
    }],
  });
  const rates = new Rates("port");
  rates.take(reading(5), 0);
  assert.deepEqual(rates.take(reading(6), 500), [{
    subject: { bridge: "br0", port: "tap0", ofport: 7, trafficControls: ["m"] },
    sent: rate(1, 0.5),
    received: rate(0, 0.5),
  }]);
});
