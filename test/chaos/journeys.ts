/** Which packets a run sends, and to which places each of them must come. Pure. @module */
import type { State, TreatmentState } from "../../core/report/state.ts";
import { type Expected, PODS } from "./expected.ts";
import { podAddresses, podMac } from "./furniture.ts";
import { carries, ownVLAN, takes } from "./vlans.ts";

/** The counter of all tunnels. */
export const COLLECTOR = "collector";

export type Version = 4 | 6;
const VERSIONS = [4, 6] as const;

/** A packet to all Pods of a VLAN. */
const ALL = "all";
const GROUPS = {
  4: ["ff:ff:ff:ff:ff:ff", "10.9.0.255"],
  6: ["33:33:00:00:00:fb", "ff02::fb"],
} as const;

/** Frames of one kind, and how often each of them must come to each counter; where none is named, not at all. */
export interface Journey {
  readonly from: string;
  readonly to: string;
  readonly version: Version;
  readonly places: ReadonlyMap<string, number>;
}

/** The MAC and the addresses to which frames of a journey go. */
export function receiverOf({ to, version }: Journey): { mac: string; ips: readonly string[] } {
  if (to !== ALL) return { mac: podMac(to), ips: podAddresses(to) };
  const [mac, ip] = GROUPS[version];
  return { mac, ips: [ip] };
}

export interface JourneyOptions {
  readonly expected: Expected;
  readonly state: State;
  /** Whether a redirect of receivers applies to packets to all of them: docs/datapath.md, "Limits". */
  readonly splits: boolean;
}

export function journeysOf(options: JourneyOptions): Journey[] {
  const present = PODS.filter((name) => options.expected.pods.get(name)!.ofport !== undefined);
  const treatments = treatmentsByPod(options.state);
  const journeys = new Journeys(options, present, treatments);
  return present.flatMap((from) => [
    ...present.filter((to) => to !== from).flatMap((to) =>
      VERSIONS.map((version) => journeys.toOne(from, to, version))
    ),
    ...VERSIONS.map((version) => journeys.toAll(from, version)),
  ]);
}

type Treatments = ReadonlyMap<string, State["pods"][number]["ports"][number] | undefined>;
const treatmentsByPod = (state: State): Treatments =>
  new Map(state.pods.map(({ name, ports: [port] }) => [name, port]));

class Journeys {
  constructor(
    readonly options: JourneyOptions,
    readonly present: readonly string[],
    readonly treatments: Treatments,
  ) {}

  #vlanOf(name: string) {
    return this.options.expected.pods.get(name)!.vlan ?? {};
  }

  /** The other Pods to which the bridge gives a packet without a tag of this Pod, if it floods. */
  #others(from: string): string[] {
    const vlan = ownVLAN(this.#vlanOf(from));
    return this.present.filter((name) => name !== from && carries(this.#vlanOf(name), vlan));
  }

  /** Whether the bridge takes a packet without a tag from this Pod. */
  #isTaken(from: string): boolean {
    return takes(this.#vlanOf(from));
  }

  toOne(from: string, to: string, version: Version): Journey {
    const both = [this.treatments.get(from)?.egress, this.treatments.get(to)?.ingress];
    const places = sensorsOn(both);
    const isBlocked = version === 4 && this.options.expected.blocked.has(`${from}>${to}`);
    if (!isBlocked && this.#isTaken(from)) {
      // The bridge learns a MAC in the VLAN in which its Pod sends, and floods in others
      const isLearned = this.#isTaken(to) &&
        ownVLAN(this.#vlanOf(from)) === ownVLAN(this.#vlanOf(to));
      for (const name of isLearned ? [to] : this.#others(from)) places.set(name, 1);
    }
    return { from, to, version, places };
  }

  toAll(from: string, version: Version): Journey {
    const own = this.treatments.get(from)?.egress;
    const receivers = this.#others(from).map((name) => this.treatments.get(name)?.ingress);
    const places = sensorsOn(
      [own, ...receivers.map((each) => each && this.#redirected(each))],
    );
    if (this.#isTaken(from)) { for (const name of this.#others(from)) places.set(name, 1); }
    return { from, to: ALL, version, places };
  }

  #redirected({ redirect, ...treatment }: TreatmentState): TreatmentState {
    return { ...treatment, ...(redirect && this.options.splits && { redirect }) };
  }
}

/** The mirrors and sensors that see a packet, and how often. */
function sensorsOn(all: readonly (TreatmentState | undefined)[]): Map<string, number> {
  const mirrors = new Set(all.flatMap((each) => each?.mirrors ?? []));
  const targets = new Set(all.flatMap((each) => each?.redirect ? [each.redirect.target] : []));
  const counts = new Map<string, number>();
  for (const port of [...mirrors, ...targets]) {
    const name = isTunnel(port) ? COLLECTOR : port;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

export const isTunnel = (port: string) => /^(vxlan|geneve|gre|erspan)-/.test(port);

export function treatmentsOf(state: State): TreatmentState[] {
  return state.pods.flatMap(({ ports }) => ports)
    .flatMap(({ egress, ingress }) => [egress, ingress]).filter((each) => each !== undefined);
}

export function redirectsOf(state: State): NonNullable<TreatmentState["redirect"]>[] {
  const all = treatmentsOf(state).map(({ redirect }) => redirect)
    .filter((each) => each !== undefined);
  return [...new Map(all.map((pair) => [pair.target, pair])).values()];
}
