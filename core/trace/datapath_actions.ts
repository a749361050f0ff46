/**
 * What the datapath does with a packet, as ofproto/trace writes it: ovs-actions(7), and lib/odp-util.c of Open vSwitch for
 * the syntax. Pure.
 * @module
 */
import type { TracedPacket } from "./packet.ts";

/** One action: `name`, or `name(arguments)`. */
export interface DatapathAction {
  readonly name: string;
  readonly args: string;
}

/** Splits a list at its commas, leaving those between parentheses. */
export function splitList(text: string): string[] {
  const pieces: string[] = [];
  let [depth, start] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "(") depth++;
    else if (character === ")") depth--;
    else if (character === "," && depth === 0) {
      pieces.push(text.slice(start, at));
      start = at + 1;
    }
  }
  pieces.push(text.slice(start));
  return pieces.map((piece) => piece.trim()).filter((piece) => piece !== "");
}

export function parseActions(text: string): DatapathAction[] {
  return splitList(text).map((piece) => {
    const open = piece.indexOf("(");
    if (open < 0) return { name: piece, args: "" };
    return { name: piece.slice(0, open), args: piece.slice(open + 1, piece.lastIndexOf(")")) };
  });
}

/** The packet as it leaves by a port of the datapath. */
export interface Sent {
  /** Number of the port in the datapath. */
  readonly port: number;
  readonly packet: TracedPacket;
  /** Bytes to which it is cut; absent if it is not. */
  readonly truncated?: number;
  /** Address of the tunnel's far end, if it is sent into a tunnel. */
  readonly tunnel?: string;
  /** It is not the packet but the one around it that a tunnel has made. */
  readonly isOuter?: true;
}

/** All that the datapath does with the packet. */
export interface Done {
  readonly sent: readonly Sent[];
  /** It goes to a controller, or to ovs-vswitchd itself. */
  readonly toUserspace: boolean;
  /** The packet as it goes back into the datapath, by the number of the recirculation. */
  readonly recirculated: ReadonlyMap<number, TracedPacket>;
}

/** What holds for the actions that follow. */
interface Now {
  packet: TracedPacket;
  truncated?: number | undefined;
  tunnel?: string | undefined;
  isOuter?: true;
}

/** Goes through the actions in their order. @param packet As it is at the beginning. */
export function carryOut(text: string, packet: TracedPacket): Done {
  const walk = new Walk();
  walk.go(parseActions(text), { packet });
  return walk;
}

class Walk implements Done {
  readonly sent: Sent[] = [];
  toUserspace = false;
  readonly recirculated = new Map<number, TracedPacket>();

  go(actions: readonly DatapathAction[], now: Now): void {
    for (const action of actions) this.#one(action, now);
  }

  #one({ name, args }: DatapathAction, now: Now): void {
    if (/^\d+$/.test(name)) return this.#send(Number(name), now);
    if (name === "tnl_push") return this.#push(args, now);
    if (name === "clone") return this.go(parseActions(args), { ...now });
    if (name === "sample" || name === "check_pkt_len") return this.#inner(args, now);
    if (name === "trunc") now.truncated = Number(args);
    else if (name === "userspace") this.toUserspace = true;
    else if (name === "recirc") this.recirculated.set(Number(args), now.packet);
    else if (name === "set") this.#set(args, now);
    else if (name === "push_vlan") now.packet = pushed(args, now.packet);
    else if (name === "pop_vlan") {
      now.packet = { ...now.packet, vlans: now.packet.vlans.slice(1) };
    }
  }

  #send(port: number, now: Now): void {
    const { packet, truncated, tunnel, isOuter } = now;
    this.sent.push({
      port,
      packet,
      ...(truncated !== undefined && { truncated }),
      ...(tunnel !== undefined && { tunnel }),
      ...(isOuter && { isOuter }),
    });
    now.truncated = undefined;
  }

  /** What follows within the clone is done with the packet around it. */
  #push(args: string, now: Now): void {
    const port = /tnl_port\((\d+)\)/.exec(args)?.[1];
    const to = /\bipv[46]\(src=[^,]*,dst=([^,)]*)/.exec(args)?.[1];
    if (port !== undefined) this.#send(Number(port), { ...now, tunnel: to });
    now.isOuter = true;
    now.truncated = undefined;
  }

  /** Actions of which it depends on the packet's size or on chance whether they are done. */
  #inner(args: string, now: Now): void {
    for (const { name, args: inner } of parseActions(args)) {
      const actions = name === "actions" ? inner : /^(?:gt|le)$/.test(name) ? inner : undefined;
      if (actions !== undefined) this.go(parseActions(actions), { ...now });
    }
  }

  #set(args: string, now: Now): void {
    for (const { name, args: fields } of parseActions(args)) {
      if (name === "tunnel") now.tunnel = /\bdst=([^,)]*)/.exec(fields)?.[1];
      else now.packet = changed(now.packet, name, fields);
    }
  }
}

/** `vid` and `pcp` of a tag; the bit says that there is a tag. */
const TAG = { present: 0x1000, priority: 13 } as const;

function pushed(args: string, packet: TracedPacket): TracedPacket {
  const [vid, pcp] = [/\bvid=(\d+)/, /\bpcp=(\d+)/].map((text) =>
    Number(text.exec(args)?.[1] ?? 0)
  );
  const tag = vid! | TAG.present | pcp! << TAG.priority;
  return { ...packet, vlans: [tag, ...packet.vlans] };
}

/** The fields of a packet that a header of `set` changes. */
const FIELDS: Readonly<Record<string, Readonly<Record<string, keyof TracedPacket>>>> = {
  eth: { src: "sourceMAC", dst: "destinationMAC" },
  ipv4: { src: "sourceIP", dst: "destinationIP", ttl: "ttl" },
  ipv6: { src: "sourceIP", dst: "destinationIP", hlimit: "ttl" },
  tcp: { src: "sourcePort", dst: "destinationPort" },
  udp: { src: "sourcePort", dst: "destinationPort" },
  sctp: { src: "sourcePort", dst: "destinationPort" },
};
const NUMBERS: readonly string[] = ["ttl", "sourcePort", "destinationPort"];

function changed(packet: TracedPacket, header: string, text: string): TracedPacket {
  const known = FIELDS[header] ?? {};
  const entries = splitList(text).flatMap((piece) => {
    const [key = "", value = ""] = piece.split("=");
    const field = known[key];
    return field ? [[field, NUMBERS.includes(field) ? Number(value) : value]] : [];
  });
  return { ...packet, ...Object.fromEntries(entries) };
}
