/**
 * Copies of both ends to one mirror. The sender's are made before it is known who gets the packet. If all of them have a
 * scope, e.g. rules, none may have taken the packet, and the mirror is to get the receiver's. So the delivered packet asks
 * the sender's once more, and sends nothing for them. @module
 */
import type { RealizedTreatment, Row } from "../../core/api.ts";
import { COPY, REGISTER } from "./_layout.ts";
import { askForAll } from "./_leg_lists.ts";
import { copiesByPort } from "./_legs.ts";
import { SENDER_ASKED } from "./_ovn_layout.ts";
import type { OvnRows } from "./_ovn_rows.ts";
import { set } from "./_rows.ts";

/** @param treatment That of a sender. The rows for what its copies ask are there already. */
export function askSenderRows(rows: OvnRows, { id, copies }: RealizedTreatment): Row[] {
  const scoped = copiesByPort(copies).filter(({ whole }) => !whole);
  return scoped.map(({ number, legs }) => {
    const actions = [
      ...askForAll(rows, legs).actions,
      set(REGISTER.egress, 0n),
      set(REGISTER.copy, number | SENDER_ASKED),
      rows.to("CopyOnce"),
    ];
    const sent = { [REGISTER.egress]: id, [REGISTER.copy]: number };
    return rows.added(["CopyOnce", "askSender"], sent, [{ type: "clone", actions }]);
  });
}

/** The row for all packets that the sender's copies have not taken. There is none for the others: nothing is sent. */
export function untakenRow({ added, to }: OvnRows): Row {
  const asked = COPY | SENDER_ASKED;
  return added(["CopyOnce", "untaken"], {
    [REGISTER.copy]: [asked, asked],
    [REGISTER.leg]: 0,
  }, [
    { type: "set_field", field: REGISTER.copy, value: 0n, mask: SENDER_ASKED },
    to("CopyOnce"),
  ]);
}
