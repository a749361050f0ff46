/**
 * Lists of legs. What many Pods ask for together does not fit into one row: Open vSwitch ends if the actions of a clone take
 * more than 64 KB in its memory, which is 511 legs. So a long list is divided, and each part of it is a row of table Leg.
 * @module
 */
import { hash } from "node:crypto";
import type { Row, RowAction } from "../../core/api.ts";
import { REGISTER } from "./_layout.ts";
import { askFor, type CopyByLeg } from "./_legs.ts";
import { partsOf } from "./_parts.ts";
import { type Rows, set } from "./_rows.ts";

/** In `REGISTER.chosen`: `REGISTER.asked` names a list of legs, and not one of them. */
const LIST = 0x40000n;

/** How many legs a row asks for. A change of one leg writes the row again, with all others of its list. */
export const LEGS_OF_ROW = 64;

/** What asks for legs. */
export interface Asked {
  readonly actions: readonly RowAction[];
  /** The rows that the actions need. Lists with the same legs have the same row. */
  readonly rows: readonly Row[];
}

/** Asks for one leg after the other, as `askFor` does, however many they are. */
export function askForAll(rows: Rows, legs: readonly CopyByLeg[]): Asked {
  if (legs.length <= LEGS_OF_ROW) return { actions: askFor(rows, legs), rows: [] };
  const lists = partsOf(legs, LEGS_OF_ROW).map((list) => ({ list, id: idOf(list) }));
  return {
    actions: lists.flatMap(({ id }) => [
      set(REGISTER.asked, BigInt(id)),
      set(REGISTER.chosen, LIST),
      rows.to("Leg"),
    ]),
    rows: lists.map(({ list, id }) =>
      rows.row(["Leg", "list"], { [REGISTER.asked]: id, [REGISTER.chosen]: LIST }, [
        set(REGISTER.chosen, 0n),
        ...askFor(rows, list),
      ])
    ),
  };
}

/** How many lists so many legs need. */
export const listsFor = (legs: number) => legs > LEGS_OF_ROW ? Math.ceil(legs / LEGS_OF_ROW) : 0;

/** It follows from the content, so that it is the same after a restart, and for the same legs in several VLANs. */
function idOf(list: readonly CopyByLeg[]): number {
  const content = list.map(({ leg, filter }) => `${leg} ${filter ?? ""}`).join();
  return hash("sha256", content, "buffer").readUInt32BE(0);
}
