/** Notes in the row of the bridge. ovs-vswitchd does not read them, so nothing waits until it has. @module */
import type { Datapath } from "../model/flows/datapath.ts";
import { holderNote } from "../observe/holder.ts";
import { bridgeView, type OvsdbSession } from "../ovsdb/mod.ts";
import { noteHolder, notePlaces } from "./bridge_operations.ts";

interface Noted {
  readonly bridge: string;
  readonly ovsdb: OvsdbSession;
}

/** Notes which agent works on the bridge, if the note is another one. */
export async function noteAgent(
  { bridge, ovsdb, holder }: Noted & { readonly holder: string | undefined },
): Promise<void> {
  if (holderNote(ovsdb.cache, bridge) === holder) return;
  await ovsdb.write([noteHolder(bridge, holder)]);
}

/** Notes the places of ports. To be called after the flows are written: before, it is not known which places there are. */
export async function savePlaces(
  { bridge, ovsdb, model }: Noted & { readonly model: { readonly datapath: Datapath } },
): Promise<void> {
  const row = bridgeView(ovsdb.cache, bridge)?.row;
  const operation = row && notePlaces(bridge, row.external_ids, model.datapath.placeNotes());
  if (operation) await ovsdb.write([operation]);
}
