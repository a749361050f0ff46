/**
 * The places that the ports of choices have. Which port a connection gets depends on its place, so a port keeps its place
 * as long as the choice is there, also while no TrafficControl names the port: its place is then empty. The places are
 * noted in OVSDB, as they must survive a restart of the agent and of the switch.
 * @module
 */
import { CHOICE_PLACES } from "../../base/marks.ts";
import { type Chosen, targetsOf } from "./choices.ts";

/** The most places of a choice. If all are taken, a new port gets the place of one that is no longer named. */
const MOST_PLACES = 256;
/** Between names of ports, which have no spaces: ovs-vswitchd.conf.db(5), Interface `name`. */
const SEPARATOR = " ";

/** What identifies a choice over all changes of its ports: the first of them. */
const identityOf = (chosen: Chosen) => targetsOf(chosen)[0]!;
const hasSeveral = (chosen: Chosen) => targetsOf(chosen).length > 1;

export class Positions {
  /** By the identity of a choice: the names of its ports by their places, also of ports that it had before. */
  readonly #names = new Map<string, readonly string[]>();

  /** Takes the notes, of choices whose places are not known yet. @param external_ids Of the bridge. */
  load(external_ids: Readonly<Record<string, string>>): void {
    for (const [key, note] of Object.entries(external_ids)) {
      const identity = key.startsWith(CHOICE_PLACES) && key.slice(CHOICE_PLACES.length);
      if (!identity || this.#names.has(identity)) continue;
      const names = note.split(SEPARATOR).filter((name) => name !== "").slice(0, MOST_PLACES);
      this.#names.set(identity, names);
    }
  }

  /** The ports of a choice by their places; nothing where a place is empty. */
  placesOf(chosen: Chosen): readonly (string | undefined)[] {
    if (!hasSeveral(chosen) && !this.#names.has(identityOf(chosen))) return targetsOf(chosen);
    const left = [...targetsOf(chosen)];
    const take = (name: string) => {
      const index = left.indexOf(name);
      return index < 0 ? undefined : left.splice(index, 1)[0];
    };
    const known = this.#names.get(identityOf(chosen)) ?? [];
    const places = known.map(take);
    for (const name of left) {
      const free = places.length < MOST_PLACES ? places.length : places.indexOf(undefined);
      places[free] = name;
    }
    this.#names.set(identityOf(chosen), places.map((name, index) => name ?? known[index]!));
    return places;
  }

  /** Forgets all choices but these. @returns The notes that the bridge's row should have, by their keys. */
  notes(chosen: Iterable<Chosen>): ReadonlyMap<string, string> {
    const identities = new Set([...chosen].map(identityOf));
    for (const identity of this.#names.keys()) {
      if (!identities.has(identity)) this.#names.delete(identity);
    }
    return new Map(
      [...this.#names].map(([identity, names]) => [
        `${CHOICE_PLACES}${identity}`,
        names.join(SEPARATOR),
      ]),
    );
  }
}
