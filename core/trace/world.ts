/** What is known around a trace: Pods by their ports, TrafficControls by their counters and ports, pairs. Pure. @module */
import type { Counted, PacketDirection } from "../contracts/mod.ts";
import { counterID } from "../model/flows/counters.ts";
import type { DatapathPorts } from "./datapath_ports.ts";
import type { KnownRows } from "./known_rows.ts";

/** A port of a Pod. */
export interface PodPort {
  /** `namespace/name`; empty for a port of which only that is known. */
  readonly pod: string;
  readonly port: string;
  readonly macs: readonly string[];
  readonly ips: readonly string[];
}

/** What the agent says of a TrafficControl. */
export interface ControlPorts {
  readonly name: string;
  readonly target?: string;
  readonly return?: string;
  readonly additionalPorts?: readonly { readonly target: string; readonly return?: string }[];
  readonly bridges?: readonly Omit<ControlPorts, "name" | "bridges">[];
}

/** For which TrafficControl something is done to a packet. */
export interface Reason {
  readonly control: string;
  readonly direction: PacketDirection;
}

export interface Knowledge {
  readonly pods: readonly PodPort[];
  readonly controls: readonly ControlPorts[];
  readonly ports: DatapathPorts;
  readonly rows: KnownRows;
}

const DIRECTIONS: readonly PacketDirection[] = ["egress", "ingress"];
const COUNTED: readonly Counted[] = ["copied", "redirected", "dropped"];

const pairsOf = (control: ControlPorts) =>
  [control, ...control.bridges ?? []].flatMap((each) => [each, ...each.additionalPorts ?? []]);

export class World {
  readonly ports: DatapathPorts;
  readonly rows: KnownRows;
  readonly #pods: ReadonlyMap<string, PodPort>;
  readonly #all: readonly PodPort[];
  readonly #byIP: ReadonlyMap<string, readonly PodPort[]>;
  readonly #byCounter: ReadonlyMap<number, Reason>;
  readonly #returns: ReadonlyMap<string, string>;
  readonly #byTarget: ReadonlyMap<string, readonly string[]>;

  constructor({ pods, controls, ports, rows }: Knowledge) {
    this.ports = ports;
    this.rows = rows;
    this.#pods = new Map(pods.filter(({ pod }) => pod !== "").map((pod) => [pod.port, pod]));
    this.#all = pods;
    this.#byIP = Map.groupBy(
      pods.flatMap((pod) => pod.ips.map((ip) => ({ ip, pod }))),
      ({ ip }) => ip,
    ).entries().reduce(
      (found, [ip, all]) => found.set(ip, all.map(({ pod }) => pod)),
      new Map<string, readonly PodPort[]>(),
    );
    this.#byCounter = new Map(
      controls.flatMap(({ name: control }) =>
        DIRECTIONS.flatMap((direction) =>
          COUNTED.map((counts) =>
            [counterID({ control, direction, counts }), { control, direction }] as const
          )
        )
      ),
    );
    const targets = controls.flatMap((control) =>
      pairsOf(control).flatMap(({ target, return: back }) =>
        target === undefined ? [] : [{ control: control.name, target, back }]
      )
    );
    this.#returns = new Map(
      targets.flatMap(({ target, back }) => back === undefined ? [] : [[target, back]]),
    );
    this.#byTarget = Map.groupBy(targets, ({ target }) => target).entries().reduce(
      (found, [target, all]) => found.set(target, [...new Set(all.map(({ control }) => control))]),
      new Map<string, readonly string[]>(),
    );
  }

  podAt(port: string): PodPort | undefined {
    return this.#pods.get(port);
  }

  podsNamed(pod: string): readonly PodPort[] {
    return this.#all.filter((each) => each.pod === pod);
  }

  podsWith(ip: string): readonly PodPort[] {
    return this.#byIP.get(ip) ?? [];
  }

  /** For which TrafficControl a counter counts. */
  reasonOf(counter: number): Reason | undefined {
    return this.#byCounter.get(counter);
  }

  /** The TrafficControls whose target is that port. */
  controlsAt(port: string): readonly string[] {
    return this.#byTarget.get(port) ?? [];
  }

  /** The return port of the pair that has this target port; nothing if it is the target of no pair. */
  returnOf(target: string): string | undefined {
    return this.#returns.get(target);
  }
}
