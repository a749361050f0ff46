/** The probes of a scene on the wire, and what its agent has found by them. @module */
import { PROBE_MACS } from "../../core/contracts/mod.ts";
import type { SensorState } from "../../core/health/verdict.ts";
import type { TestAgent } from "../lab/agent.ts";
import { PacketSocket } from "../lab/packets.ts";

const MAC_BYTES = 6;
const MACS: readonly string[] = Object.values(PROBE_MACS).map((mac) => mac.replaceAll(":", ""));

/** Whether one of a frame's MACs is one of the two that probes have. */
function hasMacOfProbes(frame: Uint8Array): boolean {
  return [0, MAC_BYTES].some((at) => MACS.includes(frame.slice(at, at + MAC_BYTES).toHex()));
}

/** Gathers the probes that arrive at a device. */
export class ProbeWatch implements Disposable {
  readonly #socket: PacketSocket;
  readonly frames: Uint8Array[] = [];
  /** How many frames have come that are no probes. */
  others = 0;

  constructor(readonly name: string, place: { readonly netns: string; readonly device: string }) {
    this.#socket = PacketSocket.open(place);
  }

  /** @returns How many there have been so far. */
  look(): number {
    for (const frame of this.#socket.drain()) {
      if (hasMacOfProbes(frame)) this.frames.push(frame);
      else this.others++;
    }
    return this.frames.length;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

/** How often a sensor of the agent has become so. */
export async function verdicts(agent: TestAgent): Promise<Record<SensorState, number>> {
  const { text } = await agent.get("/metrics");
  const count = (state: SensorState) => {
    const line = new RegExp(`^sluice_sensor_verdicts_total\\{.*="${state}"\\} (\\d+)$`, "m");
    return Number(line.exec(text)?.[1] ?? NaN);
  };
  return {
    unknown: count("unknown"),
    up: count("up"),
    down: count("down"),
    overloaded: count("overloaded"),
  };
}
