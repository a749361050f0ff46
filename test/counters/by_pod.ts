/** Compares what is counted by Pod with the frames that came to a device. @module */
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { app, internal, trafficControl } from "../lab/agent.ts";
import type { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import type { Counter } from "../lab/traffic.ts";

/** Milliseconds within which a count must be exact. */
const EXACT_WITHIN = 1500;
/** Where a frame has the MACs of its receiver and of its sender. */
const [RECEIVER, SENDER] = [0, 6];
const MAC_LENGTH = 6;

const macAt = (frame: Uint8Array, at: number) =>
  [...frame.subarray(at, at + MAC_LENGTH)].map((byte) => byte.toString(16).padStart(2, "0"))
    .join(":");

interface Count {
  readonly packets: number;
  readonly bytes: number;
}
export type Counts = Readonly<Record<"egress" | "ingress", Count>>;

function countOf(frames: readonly Uint8Array[] = []): Count {
  return {
    packets: frames.length,
    bytes: frames.reduce((sum, { length }) => sum + length, 0),
  };
}

/**
 * What came to the device, by Pod: those that a kernel has sent by itself are among it. A frame between two of the Pods is
 * one that the first one sent. Broadcast that they receive is for none of them.
 *
 * @param pods By the names of their objects.
 */
export function cameTo(
  device: Counter,
  pods: Readonly<Record<string, Pick<TestPod, "mac">>>,
): Readonly<Record<string, Counts>> {
  device.look();
  const named = Object.entries(pods);
  const nameOf = (mac: string) => named.find(([, pod]) => pod.mac === mac)?.[0];
  const whose = Map.groupBy([...device.frames, ...device.strays], (frame) => {
    const sender = nameOf(macAt(frame, SENDER));
    return sender ? `${sender} egress` : `${nameOf(macAt(frame, RECEIVER))} ingress`;
  });
  return Object.fromEntries(named.map(([name]) => [
    `default/${name}`,
    {
      egress: countOf(whose.get(`${name} egress`)),
      ingress: countOf(whose.get(`${name} ingress`)),
    },
  ]));
}

/** What the agent says of the Pods of a TrafficControl. */
export async function countedByPod(
  { agent }: Lab,
  name: string,
  what: "copied" | "redirected",
): Promise<Readonly<Record<string, Counts>>> {
  const { trafficControls } = await agent.state();
  const { byPod = [] } = trafficControls.find((each) => each.name === name)!;
  return Object.fromEntries(byPod.map((each) => [each.pod, each[what] as Counts]));
}

/** Waits until the agent says so. @param wanted It is asked each time, as a kernel may send a frame meanwhile. */
export async function expectByPod(
  lab: Lab,
  [name, what]: readonly [name: string, what: "copied" | "redirected"],
  wanted: () => Readonly<Record<string, Counts>>,
): Promise<void> {
  const isExact = async () => isDeepStrictEqual(await countedByPod(lab, name, what), wanted());
  await eventually("the counts", isExact, EXACT_WITHIN).catch(async (late) => {
    assert.deepEqual(await countedByPod(lab, name, what), wanted());
    throw late;
  });
}

export const mirror = (name: string, target: string, more: object = {}) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal(target),
    counters: "PerPod",
    ...more,
  });

export const redirect = (name: string, more: object = {}) =>
  mirror(name, "tap0", { action: "Redirect", returnPort: internal("tap1"), ...more });
