/**
 * To which MAC a Pod behind OVN sends a packet: that of the receiver if both are on one logical switch, otherwise that of the
 * switch's router. Both are read from OVN's flows, which have the number of the logical switch or router in `metadata`
 * (ovn-architecture(7), "Architectural Physical Life Cycle of a Packet"). Pure.
 * @module
 */
import type { Action, Flow } from "../openflow/mod.ts";
import { type FoundMAC, macText } from "./mac.ts";

/** What is asked about. */
export interface OvnQuestion {
  /** Number of the sender's port. */
  readonly ofport: number;
  readonly destinationIP: string;
  /** The destination address, as flows have it. */
  readonly destination: bigint;
  /** MACs of the Pod with that address, if it is one of this node. */
  readonly podMACs: readonly string[];
}

/** The exact value of a field that a flow matches. */
function exact({ match }: Pick<Flow, "match">, field: string): bigint | undefined {
  const found = match[field];
  return found && found.mask === undefined ? found.value : undefined;
}

const isGroup = (mac: bigint) => (mac >> 40n & 1n) === 1n;

/** The number that OVN gives to the logical switch of a port; nothing if OVN does not have the port. */
export function datapathOf(flows: readonly Flow[], ofport: number): bigint | undefined {
  const own = flows.filter((flow) => flow.table === 0 && exact(flow, "in_port") === BigInt(ofport));
  return own.flatMap(({ actions }) => actions)
    .flatMap((action) =>
      action.type === "set_field" && action.field === "metadata" ? [action.value] : []
    )[0];
}

/** MACs that flows of one logical switch or router match as a destination. */
const destinations = (flows: readonly Flow[]) =>
  new Set(
    flows.map((flow) => exact(flow, "eth_dst"))
      .filter((mac) => mac !== undefined).filter((mac) => !isGroup(mac)),
  );

/** @returns The MAC, or why it cannot be known. */
export function ovnNextMAC(
  flows: readonly Flow[],
  { ofport, destinationIP, destination, podMACs }: OvnQuestion,
): FoundMAC {
  const datapath = datapathOf(flows, ofport);
  if (datapath === undefined) return { unknown: "OVN has no flow for the Pod's port" };
  const [here, elsewhere] = [true, false].map((wanted) =>
    flows.filter((flow) => {
      const metadata = exact(flow, "metadata");
      return metadata !== undefined && (metadata === datapath) === wanted;
    })
  );
  const onSwitch = destinations(here!);
  const pod = podMACs.find((mac) => [...onSwitch].some((each) => macText(each) === mac));
  if (pod !== undefined) return { mac: pod, why: "that of the Pod, on the same logical switch" };
  const answered = answeredMAC(here!, destination, onSwitch);
  if (answered !== undefined) {
    return { mac: answered, why: `what OVN answers if it is asked for ${destinationIP}` };
  }
  // A router takes packets to the MAC of the port by which they come in
  const ofRouters = destinations(elsewhere!.filter((flow) => flow.match.reg14 !== undefined));
  const [router, ...more] = [...onSwitch.intersection(ofRouters)];
  if (router === undefined) return { unknown: "the Pod's logical switch has no router" };
  if (more.length > 0) return { unknown: "the Pod's logical switch has several routers" };
  return { mac: macText(router), why: "that of the router of the Pod's logical switch" };
}

/**
 * The MAC with which OVN itself answers who has an address. For IPv6, ovn-controller answers: it gets the MAC among the
 * actions that it is to carry out, as bytes.
 *
 * @param known MACs of the logical switch.
 */
function answeredMAC(
  flows: readonly Flow[],
  ip: bigint,
  known: ReadonlySet<bigint>,
): string | undefined {
  for (const flow of flows) {
    const isAsked = exact(flow, "arp_tpa") === ip || exact(flow, "nd_target") === ip;
    const mac = isAsked && flow.actions.map((action) => macIn(action, known))
      .find((each) => each !== undefined);
    if (mac) return macText(mac);
  }
  return undefined;
}

function macIn(action: Action, known: ReadonlySet<bigint>): bigint | undefined {
  if (action.type === "set_field" && action.field === "eth_src") return action.value;
  if (action.type !== "controller" || !action.userdata) return undefined;
  const bytes = [...action.userdata].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [...known].find((mac) => bytes.includes(macText(mac).replaceAll(":", "")));
}
