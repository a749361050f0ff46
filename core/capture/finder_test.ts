import assert from "node:assert/strict";
import { OWN_COOKIE } from "../base/marks.ts";
import type { Model } from "../model/model.ts";
import { match, type PacketIn } from "../openflow/mod.ts";
import { frame } from "../../test/lab/frames.ts";
import { PodFinder } from "./finder.ts";

const [EGRESS, INGRESS] = [OWN_COOKIE | 1n, OWN_COOKIE | 2n];
const FAR = "02:ee:00:00:00:99";

/** Pods by MAC, unless they have the same one, and one by its addresses. */
const PORTS: Readonly<Record<string, object>> = {
  "ns/a": { port: "pa", macs: ["02:AA:00:00:00:01"], ips: [], match: "mac" },
  "ns/b": { port: "pb", macs: ["02:aa:00:00:00:02"], ips: [], match: "mac" },
  "ns/twin": { port: "pt", macs: ["02:aa:00:00:00:02"], ips: [], match: "mac" },
  "ns/routed": { port: "pr", macs: [], ips: ["192.0.2.7", "2001:db8::a:7"], match: "ip" },
  "ns/other": { port: "po", macs: [FAR], ips: [], match: "mac" },
};
const NUMBERS: Readonly<Record<string, number>> = { pa: 1, pb: 2, pt: 3, pr: 4, po: 5 };

function finder(): PodFinder {
  const model = {
    pods: { keys: () => Object.keys(PORTS).values() },
    treatedPod: (pod: string) => ({ ports: [PORTS[pod]] }),
    ofport: (port: string) => NUMBERS[port],
  };
  return new PodFinder(model as unknown as Model, (pod) => pod !== "ns/other");
}

function packet(cookie: bigint, port: number, to: string, destination = "192.0.2.1"): PacketIn {
  const source = destination.includes(":") ? "2001:db8::1" : "192.0.2.250";
  const data = frame({ from: FAR, to, source, destination, id: 1 });
  const more = { type: "packet_in", reason: 1, table: 200, totalLength: data.length } as const;
  return { ...more, cookie, match: match({ in_port: port }), data };
}

Deno.test.each(
  [
    ["a Pod sends", packet(EGRESS, 1, FAR), "ns/a egress"],
    ["a Pod receives, by its MAC", packet(INGRESS, 9, "02:aa:00:00:00:01"), "ns/a ingress"],
    ["a Pod to another", packet(INGRESS, 4, "02:aa:00:00:00:01"), "ns/a ingress"],
    ["two Pods have the MAC", packet(INGRESS, 9, "02:aa:00:00:00:02"), "undefined ingress"],
    ["a Pod is known by its IPv4", packet(INGRESS, 9, FAR, "192.0.2.7"), "ns/routed ingress"],
    ["a Pod is known by its IPv6", packet(INGRESS, 9, FAR, "2001:db8::a:7"), "ns/routed ingress"],
    ["another Pod than those of the session", packet(INGRESS, 9, FAR), "undefined ingress"],
    ["the cookie says nothing, from a Pod", packet(OWN_COOKIE, 2, FAR), "ns/b egress"],
    ["many receive it", packet(INGRESS, 9, "ff:ff:ff:ff:ff:ff"), "undefined ingress"],
  ] as const,
)("a packet is told by Pod and direction: %s", (_, given, expected) => {
  const all = finder();
  all.find(packet(EGRESS, 9, FAR), 0); // it looks where Pods are
  const { pod, direction } = all.find(given, 1);
  assert.equal(`${pod} ${direction}`, expected);
});
