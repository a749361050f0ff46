/**
 * From the rules of a filter to the rows of table Filter. A rule is a product of lists: of peers, and of what the header of
 * a packet must be like. A `conjunction` makes as many rows of it as the lists have members together.
 * @module
 */
import { hash } from "node:crypto";
import type { PacketDirection, Row, RowAction, Rule } from "../../core/api.ts";
import { type Fields, HEADERS, type Product, products } from "./_filter_products.ts";
import { REGISTER, STATE } from "./_layout.ts";
import { flag, type Rows } from "./_rows.ts";

/** Rules in one direction, and the number by which a packet asks for them. */
export interface Filter {
  /** 1 to 2^32 - 1: the value of `REGISTER.asked`. No other filter in the switch has it. */
  readonly id: number;
  readonly direction: PacketDirection;
  readonly rules: readonly Rule[];
}

/**
 * The rows of a filter. A packet comes to table Filter with the filter's id in `REGISTER.asked` and without the bit
 * `STATE.hit`. It has the bit afterwards if the first rule that matches is an `Include`, or if none matches and there is no
 * rule `Include`.
 */
export function filterRows(rows: Rows, filter: Filter): Row[] {
  const { id, rules } = filter;
  const hasInclude = rules.some(({ action }) => action === "Include");
  return [
    ...rules.flatMap((_, place) => ruleRows(rows, filter, place)),
    ...(hasInclude
      ? []
      : [rows.row(["Filter", "noRule"], { [REGISTER.asked]: id }, [flag(STATE.hit)])]),
  ];
}

/** A row before it has its place in a table. */
type Written = readonly [fields: Fields, actions: readonly RowAction[]];

function ruleRows(rows: Rows, filter: Filter, place: number): Row[] {
  const { id, direction, rules } = filter;
  const rule = rules[place]!;
  const decision = rule.action === "Include" ? [flag(STATE.hit)] : [];
  const written = products(rule, direction).flatMap((product, part): Written[] =>
    productRows(product, decision, conjunctionId(filter, place, part))
  );
  return written.map(([fields, actions]) => {
    const row = rows.row(["Filter", "rule"], { [REGISTER.asked]: id, ...fields }, actions);
    return { ...row, priority: row.priority - place };
  });
}

/** How many bits of a conjunction's id the place of its rule and the part of the rule take. */
const PLACE_BITS = 5;
const PART_BITS = 2;
const OWN_IDS = 2 ** (PLACE_BITS + PART_BITS);

/**
 * The number by which the switch knows a conjunction. It is the same after a restart, so that no row changes then, and
 * never 0. No other conjunction of the filter has it. One of another filter may: their rows match that filter alone.
 */
function conjunctionId({ id, direction }: Filter, place: number, part: number): number {
  const content = hash("sha256", `${id} ${direction}`, "buffer").readUInt32BE(0);
  const first = content - content % OWN_IDS || OWN_IDS;
  return first + place * 2 ** PART_BITS + part;
}

/** Rows for all packets that fit one member of each list. */
function productRows(
  { base, lists }: Product,
  decision: readonly RowAction[],
  id: number,
): Written[] {
  // A list with one member is a wish that every row can have
  const single = lists.filter((list) => list.length === 1).flat();
  const common: Fields = Object.assign({}, base, ...single);
  const longer = lists.filter((list) => list.length !== 1);
  const direct = longer.reduce((count, list) => count * list.length, 1);
  const conjunctive = longer.reduce((count, list) => count + list.length, 1);
  if (direct <= conjunctive) {
    return combinations(longer).map((fields) => [{ ...common, ...fields }, decision]);
  }
  const clauses = longer.length;
  return [
    ...longer.flatMap((list, clause) =>
      list.map((fields): Written => [
        { ...common, ...fields },
        [{ type: "conjunction", id, clause, clauses }],
      ])
    ),
    [{ conj_id: id, ...familyOf(common) }, decision],
  ];
}

/** What the row of a whole conjunction looks at beside its number. */
const familyOf = (common: Fields): Fields =>
  Object.fromEntries(Object.entries(common).filter(([field]) => field === HEADERS.family));

/** The fields of each way to take one member of each list. There is none if a list is empty. */
function combinations(lists: readonly (readonly Fields[])[]): Fields[] {
  return lists.reduce<Fields[]>(
    (found, list) => found.flatMap((fields) => list.map((more) => ({ ...fields, ...more }))),
    [{}],
  );
}
