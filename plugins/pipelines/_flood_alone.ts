/** The rows of table Leg for legs that only one receiver of broadcast or multicast asks for: not for what it sends. @module */
import type { FloodReceiver, Row } from "../../core/api.ts";
import { copyNumber } from "./_balance.ts";
import { type Copied, fromPort } from "./_flood_copies.ts";
import { REGISTER } from "./_layout.ts";
import { isWhole } from "./_legs.ts";
import type { Rows } from "./_rows.ts";

/** One row for each such leg. If the receivers of another VLAN ask for it, too, a row for each VLAN in which it is so. */
export function aloneRows({ row }: Rows, floods: readonly Copied[]): Row[] {
  const askers = askersIn(floods);
  const found = floods.flatMap(({ flood, mirrors }) =>
    mirrors.flatMap(({ number, legsOfOne }) =>
      [...legsOfOne].filter(([, sender]) => !copiesAll(sender, number)).map(([leg, sender]) => ({
        leg,
        sender,
        tag: askers.get(leg)!.size > 1 ? flood.tag : undefined,
      }))
    )
  );
  const each = new Map(found.map((alone) => [`${alone.leg} ${alone.tag ?? ""}`, alone]));
  return each.values().map(({ leg, sender, tag }) =>
    row(["Leg", "ofSender"], {
      [REGISTER.asked]: leg,
      ...fromPort(sender),
      ...(tag !== undefined && { [REGISTER.tag]: tag }),
    }, [])
  ).toArray();
}

/** The receivers of all VLANs that ask for each leg. */
function askersIn(floods: readonly Copied[]): Map<number, Set<FloodReceiver>> {
  const askers = new Map<number, Set<FloodReceiver>>();
  for (const receiver of floods.flatMap(({ flood }) => flood.receivers)) {
    for (const { leg } of receiver.ingress.copies.filter((copy) => copy.leg !== undefined)) {
      askers.getOrInsertComputed(leg!, () => new Set()).add(receiver);
    }
  }
  return askers;
}

/** Whether the mirror has a copy of all that the Pod sends, so that no packet of it asks for a leg. */
const copiesAll = ({ egress }: FloodReceiver, number: bigint) =>
  egress?.copies.some((copy) => copyNumber(copy) === number && isWhole(copy)) ?? false;
