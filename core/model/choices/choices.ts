/**
 * Copies and hops for whose packets a port is chosen: those with several ports, and hops that packets pass if they fail.
 * @module
 */
import { createHash } from "node:crypto";
import { canonical } from "../../base/canonical.ts";
import type { Choice, Copy, Hop, SwitchPort } from "../../contracts/mod.ts";

/** Finds a port by its name; nothing if the bridge does not have it or has not given it a number yet. */
export type FindPort = (name: string) => SwitchPort | undefined;

/** A pair of a hop, by the names of its ports. */
export type NamedPair = Hop<string>["pairs"][number];

/** A copy or a hop whose ports are names. */
export type Chosen = Copy<string> | Hop<string>;

/** What the probes say of the ports of a choice. */
export interface ChoiceState {
  /** No sensor answers, and packets pass without one. */
  readonly isOpen: boolean;
  /** Names of the ports whose sensors do not answer. */
  readonly down: ReadonlySet<string>;
}
/** As long as nothing is known, every port is taken for a good one. */
export const NOTHING_KNOWN: ChoiceState = { isOpen: false, down: new Set() };

export const isHop = (chosen: Chosen): chosen is Hop<string> => "pairs" in chosen;
const failsOpen = ({ scope = {} }: Chosen) => scope.failureMode === "Open";

/**
 * Whether a port must be chosen for each packet: there are several, or a hop has settings of its own, e.g. what happens if
 * it fails. Other packets go straight to the only port.
 */
export function needsChoice(chosen: Chosen): boolean {
  if (!isHop(chosen)) return chosen.to.length > 1;
  return chosen.pairs.length > 1 || Object.keys(chosen.scope ?? {}).length > 0;
}

/** The fields of a scope that a choice follows from. Which packets get to it does not matter to it. */
const OF_CHOICE = ["balanceBy", "failureMode", "healthProbe"];

const settingsOf = ({ scope = {} }: Chosen) =>
  Object.entries(scope).filter(([field]) => OF_CHOICE.includes(field));

/** Whether there are settings of how its ports are used, and not only of which packets get there. */
export const hasSettings = (chosen: Chosen) => settingsOf(chosen).length > 0;

/** A text that names the choice: equal choices have one. */
export function choiceKey(chosen: Chosen): string {
  const { scope: _, ...ports } = chosen;
  const own = settingsOf(chosen);
  return canonical({ ...ports, ...(own.length > 0 && { scope: Object.fromEntries(own) }) });
}

/** The ports that packets are sent to, by their places. */
export const targetsOf = (chosen: Chosen): readonly string[] =>
  isHop(chosen) ? chosen.pairs.map(({ target }) => target) : chosen.to;

/** The ports, of which one alternative must be there: a port that gets copies, or both ports of a pair. */
export const alternativesOf = (chosen: Chosen): readonly (readonly string[])[] =>
  isHop(chosen)
    ? chosen.pairs.map((pair) => [pair.target, pair.return])
    : chosen.to.map((port) => [port]);

/** The port whose number is that of the choice: the first one on the bridge. */
const numberingPorts = (chosen: Chosen): readonly string[] =>
  isHop(chosen) ? chosen.pairs.map((pair) => pair.return) : chosen.to;

/** The number of the choice; nothing if none of its ports is on the bridge. */
export function numberIn(chosen: Chosen, find: FindPort): number | undefined {
  const there = numberingPorts(chosen).map(find).find((port) => port !== undefined);
  return there?.ofport;
}

/**
 * It must be the same after each restart, also if the ports then have other numbers, and as long as the first port is the
 * same: with another basis, all connections would go elsewhere.
 */
function basisOf(chosen: Chosen): number {
  return createHash("sha256").update(numberingPorts(chosen)[0]!).digest().readUInt16BE(0);
}

export interface Surroundings {
  readonly find: FindPort;
  /** Whether flows may send packets to the port. */
  readonly isReady: (name: string) => boolean;
  /** Whether the state of the port's link means something. */
  readonly knowsLink: (name: string) => boolean;
  /** The ports by their places. */
  readonly places: readonly (string | undefined)[];
}

/** What the pipeline is asked for; nothing if none of the ports is on the bridge. */
export function realizeChoice(
  chosen: Chosen,
  { find, isReady, knowsLink, places }: Surroundings,
  { isOpen, down }: ChoiceState = NOTHING_KNOWN,
): Choice | undefined {
  const number = numberIn(chosen, find);
  if (number === undefined) return undefined;
  const targets = targetsOf(chosen);
  const usable = new Set(
    alternativesOf(chosen).filter((names) => names.every((name) => isReady(name) && find(name)))
      .map(([target]) => target).filter((target) => !down.has(target!)),
  );
  const place = (name: string | undefined): SwitchPort | undefined =>
    name !== undefined && usable.has(name) ? find(name) : undefined;
  return {
    of: isHop(chosen) ? "hop" : "copy",
    number,
    places: places.map(place),
    basis: basisOf(chosen),
    balanceBy: chosen.scope?.balanceBy === "Addresses" ? "Addresses" : "Connection",
    watchesLinks: targets.length > 1 || targets.every(knowsLink),
    passesIfNone: failsOpen(chosen),
    isOpen,
  };
}
