/** Short ways to write the redirects, Pods and packets of these tests. @module */
import { trafficControl } from "../lab/agent.ts";
import { EVERYONE } from "../policy/oracle.ts";
import type { Shape } from "../policy/packets.ts";
import { HOSTS, podsOf, shapeOf } from "../policy/world.ts";
import type { Redirect } from "./oracle.ts";
import { type Sent, sentOf, SHORTEST } from "./packets.ts";
import { devicesOf } from "./sensors.ts";

export { EVERYONE, podsOf };

const device = (name: string) => ({ device: { name } });

export type Labels = Readonly<Record<string, string>>;
type Spec = Partial<Redirect["spec"]> & Readonly<Record<string, unknown>>;

/** A redirect of the Pods with these labels through a pair. */
export function redirectOf(
  name: string,
  [matchLabels, pair]: readonly [Labels, string],
  { creationTimestamp, ...more }: Spec & { readonly creationTimestamp?: string } = {},
): Redirect {
  const [target, back] = devicesOf(pair);
  return trafficControl(name, {
    appliedTo: { podSelector: { matchLabels } },
    direction: "Both",
    action: "Redirect",
    targetPort: device(target),
    returnPort: device(back),
    ...more,
  }, creationTimestamp === undefined ? {} : { creationTimestamp }) as unknown as Redirect;
}

const TEN = 10;

/** Packets from one host to another or to everyone, of both versions of IP. */
export function packets(
  from: string,
  to: string,
  { count = TEN, ...more }: Partial<Shape> & { readonly count?: number } = {},
): Sent[] {
  const each = Array.from({ length: count });
  return ([4, 6] as const).filter((version) => (more.version ?? version) === version)
    .flatMap((version) =>
      each.map(() => sentOf(shapeOf(from, to, { version, length: SHORTEST, ...more })))
    );
}

/** Packets from each of these hosts to each other one, and to everyone. */
export function crossing(hosts: readonly string[], more: Partial<Shape> & { count?: number } = {}) {
  return hosts.flatMap((from) =>
    [...hosts, EVERYONE].filter((to) => to !== from).flatMap((to) => packets(from, to, more))
  );
}

export const NAMES = HOSTS.map(({ name }) => name);
