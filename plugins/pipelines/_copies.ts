/** The rows of a treatment that copy packets. @module */
import type { PacketDirection, RealizedTreatment, Row } from "../../core/api.ts";
import { sendCopy } from "./_balance.ts";
import { COPY_ASKED, FIRST_TIME, REGISTER } from "./_layout.ts";
import { type Asked, askForAll } from "./_leg_lists.ts";
import {
  comparedLegs,
  comparisonRows,
  copiesByPort,
  type CopiesTo,
  sendOwnBest,
  sendReceiversBest,
} from "./_legs.ts";
import { checkTreatment } from "./_lookups.ts";
import { type Rows, set } from "./_rows.ts";

export function copyRows(
  rows: Rows,
  direction: PacketDirection,
  { id, copies }: RealizedTreatment,
): Row[] {
  const all = copiesByPort(copies);
  if (all.length === 0) return [];
  checkTreatment(all);
  return direction === "egress" ? egressRows(rows, id, all) : ingressRows(rows, id, all);
}

function egressRows(rows: Rows, id: number, all: readonly CopiesTo[]): Row[] {
  const { row, to } = rows;
  const sent = all.map(({ number, whole, legs }): Asked => {
    if (whole) {
      const counter = set(REGISTER.counter, BigInt(whole.counter));
      return { actions: [counter, ...sendCopy(rows, whole)], rows: [] };
    }
    const ask = askForAll(rows, legs);
    return { actions: [sendOwnBest(rows, number, ask.actions)], rows: ask.rows };
  });
  return [
    row(["MirrorOut", "treated"], { [REGISTER.egress]: id, [REGISTER.state]: FIRST_TIME }, [
      ...sent.flatMap(({ actions }) => actions),
      to("MirrorIn"),
    ]),
    ...sent.flatMap(({ rows }) => rows),
    // The receiver's treatment may copy to the same port. These rows keep the port from getting a second copy.
    ...all.map(({ number }) =>
      row(["CopyOnce", "sent"], { [REGISTER.egress]: id, [REGISTER.copy]: number }, [])
    ),
  ];
}

function ingressRows(rows: Rows, id: number, all: readonly CopiesTo[]): Row[] {
  const { row, to } = rows;
  const treated = { [REGISTER.ingress]: id };
  const outputs = all.flatMap(({ number, whole }) => [
    ...(whole ? [set(REGISTER.counter, BigInt(whole.counter))] : []),
    set(REGISTER.copy, number),
    to("CopyOnce"),
  ]);
  return [
    row(["MirrorIn", "treated"], treated, [...outputs, to("Divert")]),
    ...all.flatMap((copies) => receiversLegs(rows, treated, copies)),
  ];
}

/** The rows that find the receiver's best copy, or have it compared with the sender's. */
function receiversLegs(
  rows: Rows,
  treated: Readonly<Record<string, number>>,
  copies: CopiesTo,
): Row[] {
  const { row } = rows;
  const { number, whole, legs, isContended } = copies;
  const best = askForAll(rows, whole ? [] : legs);
  const compared = askForAll(rows, isContended ? comparedLegs(copies) : []);
  return [
    ...(whole ? [] : [
      row(["CopyOnce", "legs"], { ...treated, [REGISTER.copy]: number }, [
        sendReceiversBest(rows, best.actions),
      ]),
    ]),
    ...best.rows,
    ...(isContended
      ? [
        row(
          ["CopyOnce", "asked"],
          { ...treated, [REGISTER.copy]: number | COPY_ASKED },
          compared.actions,
        ),
        ...compared.rows,
        ...wholeLegRows(rows, copies),
      ]
      : []),
  ];
}

/** A copy of whole packets has a leg only while it must be compared with others, so its rows come with the treatment. */
export function wholeLegRows(rows: Rows, { whole }: CopiesTo): Row[] {
  if (whole?.leg === undefined) return [];
  return comparisonRows(rows, { id: whole.leg, direction: "ingress", copy: whole });
}
