/** What a trace tells, in words. Pure. @module */
import { isIPv6 } from "node:net";
import { PORT, toShortPort } from "../openflow/mod.ts";
import type { TracedPacket } from "./packet.ts";
import type { Told, ToldEvent, ToldFlow, ToldPort, ToldReason, ToldStep } from "./told.ts";

const NAMES = { tcp: "TCP", udp: "UDP", sctp: "SCTP", icmp: "ICMP" } as const;

/** The number of the bridge's own port. */
const LOCAL = toShortPort(PORT.LOCAL);

/** An address and a port, as in a URL. */
function endpoint(ip: string, port: number | undefined): string {
  if (port === undefined) return ip;
  return isIPv6(ip) ? `[${ip}]:${port}` : `${ip}:${port}`;
}

function packetWords(packet: TracedPacket): string {
  const { protocol, sourceIP, sourcePort, destinationIP, destinationPort } = packet;
  const from = endpoint(sourceIP, sourcePort);
  return `${NAMES[protocol]} from ${from} to ${endpoint(destinationIP, destinationPort)}`;
}

function portWords({ port, ofport, pod, tunnelTo }: ToldPort): string {
  const more = [
    ofport === LOCAL ? "the bridge's own port" : `port ${ofport}`,
    ...(pod === undefined ? [] : [`Pod ${pod}`]),
    ...(tunnelTo === undefined ? [] : [`a tunnel to ${tunnelTo}`]),
  ];
  return `${port} (${more.join(", ")})`;
}

function reasonWords({ trafficControl, direction, rule }: ToldReason): string {
  const control = trafficControl === undefined
    ? "a TrafficControl whose name is not known"
    : `TrafficControl ${trafficControl}`;
  return [
    `for ${control}`,
    ...(direction === undefined ? [] : [direction]),
    ...(rule === undefined ? [] : [`by its rule ${rule}`]),
  ].join(", ");
}

function flowWords({ bridge, table, match, priority, cookie, ofSluice }: ToldFlow): string {
  const whose = ofSluice ? "Sluice's flow" : "the bridge's own flow";
  if (priority === undefined) return `table ${table} of bridge ${bridge}: ${match}`;
  const matched = match === "" ? "all packets" : match;
  const own = cookie === "0x0" ? "" : `, cookie ${cookie}`;
  return `${whose} in table ${table} of bridge ${bridge}: ${matched}, priority ${priority}${own}`;
}

function eventWords(event: ToldEvent): string {
  switch (event.what) {
    case "copied":
      return [
        `copied to ${portWords(event.to)} ${reasonWords(event)}`,
        ...(event.truncatedTo === undefined ? [] : [`cut to ${event.truncatedTo} bytes`]),
        ...(event.isCapped ? ["unless its rateLimit is reached"] : []),
      ].join(", ");
    case "redirected":
      return `redirected to the sensor behind ${portWords(event.to)} ${reasonWords(event)}` +
        (event.back ? `; it has to come back by ${portWords(event.back)}` : "");
    case "passed":
      return `not redirected ${reasonWords(event)}: no sensor of it can be used, and it is open`;
    case "dropped":
      return droppedWords(event);
    case "delivered":
      return deliveredWords(event);
    case "controller":
      return `sent to a controller${event.by ? ` by ${flowWords(event.by)}` : ""}`;
  }
}

function droppedWords(event: ToldEvent & { readonly what: "dropped" }): string {
  if (event.by) {
    const why = event.why === undefined ? "" : ` (${event.why})`;
    return `dropped by ${flowWords(event.by)}${why}`;
  }
  return `dropped ${reasonWords(event)}`;
}

function deliveredWords(event: ToldEvent & { readonly what: "delivered" }): string {
  const what = event.isOuter ? "the packet of that tunnel is sent to" : "sent to";
  const by = event.by === undefined
    ? ""
    : event.byNormal
    ? `, as bridge ${event.by.bridge} forwards it (NORMAL)`
    : `, by ${flowWords(event.by)}`;
  return `${what} ${portWords(event.to)}${by}`;
}

function stepLines({ from, backFrom, packet, events, remarks }: ToldStep): string[] {
  const head = backFrom === undefined
    ? `It comes in by ${portWords(from)} of bridge ${from.bridge}:`
    : `It comes back from the sensor behind ${backFrom}, by ${portWords(from)}:`;
  return [
    head,
    ...(backFrom === undefined ? [] : [`    ${packetWords(packet)}`]),
    ...events.map((event) => `  - ${eventWords(event)}`),
    ...remarks.map((remark) => `  Open vSwitch says: ${remark}`),
  ];
}

/** Sentences below a title; nothing if there are none. */
const list = (title: string, sentences: readonly string[]) =>
  sentences.length === 0 ? [] : ["", title, ...sentences.map((each) => `  - ${each}`)];

/** The whole trace, as text of several lines. */
export function toWords({ packet, destinationMACIs, steps, assumed, unknown }: Told): string {
  return [
    packetWords(packet),
    `Destination MAC ${packet.destinationMAC}: ${destinationMACIs}`,
    ...steps.flatMap((step) => ["", ...stepLines(step)]),
    ...list("Taken for granted:", assumed),
    ...list("Not known:", unknown),
  ].join("\n");
}
