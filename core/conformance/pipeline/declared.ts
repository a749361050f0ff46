/** Checks the declarations of a pipeline's tables, and whether its rows are those that it declares. @module */
import type {
  Pipeline,
  PipelineType,
  Row,
  RowAction,
  RowDeclaration,
  TableDeclaration,
} from "../../contracts/mod.ts";
import { describe } from "../../objects/validate.ts";
import { DELIVERY_TABLE, deliveryTable } from "./owner.ts";
import { canonicalMatch, fieldNamed, flowKey } from "../../openflow/mod.ts";

/** The most own tables of a pipeline: the highest `--table-base` leaves no more. */
export const MOST_TABLES = 16;
/** The least priority of rows in the bridge's own table: they must come before the flows of the owner. */
export const FIRST_PRIORITY = 65000;
const LAST_PRIORITY = 65535;

/** What is wrong with the declarations themselves. */
export function declarationProblems(tables: readonly TableDeclaration[]): string[] {
  const names = tables.map(({ name }) => name);
  return [
    ...(tables.length === 0 ? ["must begin with the bridge's own table"] : []),
    ...(tables.length - 1 > MOST_TABLES
      ? [`must be ${MOST_TABLES} at most, without the bridge's own: are ${tables.length - 1}`]
      : []),
    ...twice(names).map((name) => `table "${name}" is there twice`),
    ...tables.flatMap(({ name, rows }, index) => [
      ...twice(rows.map((row) => row.name)).map((row) => `row "${name}.${row}" is there twice`),
      ...rows.filter((row, place) => rows.slice(0, place).some((other) => overlap(row, other)))
        .map((row) => `table "${name}" has priority ${prioritiesOf(row)} twice`),
      ...rows.flatMap((row) =>
        rowDeclarationProblems(row, { names, least: index === 0 ? FIRST_PRIORITY : 0 })
          .map((wrong) => `row "${name}.${row.name}" ${wrong}`)
      ),
    ]),
  ];
}

/** The lowest priority that rows of the declaration may have. */
const lowestOf = ({ priority, lowestPriority = priority }: RowDeclaration) => lowestPriority;

/** The priorities of a declaration in words: one, or a range. */
function prioritiesOf(row: RowDeclaration): string {
  const lowest = lowestOf(row);
  return lowest === row.priority ? describe(lowest) : `${describe(lowest)} to ${row.priority}`;
}

/** Whether two declarations have a priority in common. */
function overlap(one: RowDeclaration, other: RowDeclaration): boolean {
  return lowestOf(one) <= other.priority && lowestOf(other) <= one.priority;
}

/** Whether rows of the declaration may have the priority. */
function covers(row: RowDeclaration, priority: number): boolean {
  return lowestOf(row) <= priority && priority <= row.priority;
}

function rowDeclarationProblems(
  { priority, lowestPriority, fields, leadsTo }: RowDeclaration,
  { names, least }: { readonly names: readonly string[]; readonly least: number },
): string[] {
  const isPriority = Number.isInteger(priority) && priority >= least && priority <= LAST_PRIORITY;
  const isRange = lowestPriority === undefined ||
    Number.isInteger(lowestPriority) && lowestPriority >= least && lowestPriority < priority;
  return [
    ...(isPriority
      ? []
      : [`must have a priority from ${least} to ${LAST_PRIORITY}: has ${describe(priority)}`]),
    ...(isRange ? [] : [
      `must have a lowestPriority from ${least} to below its priority, or none: has ${
        describe(lowestPriority)
      }`,
    ]),
    ...fields.filter((field) => canonicalName(field) === undefined)
      .map((field) => `has field "${field}", which Open vSwitch does not know`),
    ...leadsTo.filter((table) => !names.includes(table))
      .map((table) => `leads to table "${table}", which is not declared`),
  ];
}

function twice<T>(values: readonly T[]): T[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

function canonicalName(field: string): string | undefined {
  try {
    return fieldNamed(field).name;
  } catch {
    return undefined;
  }
}

/** What is wrong with rows of a pipeline. @param tableBase The one with which the pipeline was created. */
export function rowProblems(
  { tables, deliveryRows }: Pick<PipelineType, "tables" | "deliveryRows">,
  tableBase: number,
  rows: readonly Row[],
): string[] {
  const placeOf = (table: number) => table === 0 ? 0 : table - tableBase + 1;
  const owners = deliveryRows && deliveryTable(deliveryRows);
  const declared = (table: number) =>
    owners && table === DELIVERY_TABLE
      ? owners
      : table !== 0 && table < tableBase
      ? undefined
      : tables[placeOf(table)];
  return [...new Set(rows.flatMap((row) => problemsOf(row, declared)))];
}

type Declared = (table: number) => TableDeclaration | undefined;

function problemsOf(row: Row, declared: Declared): string[] {
  const wrong = shapeProblem(row);
  if (wrong !== undefined) return [wrong];
  const { table, priority } = row;
  const found = declared(table);
  if (!found) return [`writes to table ${table}, which is not declared`];
  const declaration = found.rows.find((each) => covers(each, priority));
  if (!declaration) {
    return [`writes to table "${found.name}" at priority ${priority}, which is not declared`];
  }
  const place = `"${found.name}.${declaration.name}"`;
  return [
    ...Object.keys(canonicalMatch(row.match))
      .filter((field) => !declaration.fields.map(canonicalName).includes(field))
      .map((field) => `matches field "${field}" in row ${place}, which is not declared`),
    ...row.actions.flatMap((action) => leads(action, table))
      .filter((to) => !declaration.leadsTo.includes(declared(to)?.name ?? ""))
      .map((to) =>
        `leads from row ${place} to table ${nameOf(declared(to), to)}, which is not declared`
      ),
    ...row.actions.flatMap(learns).filter((learned) => !isDeclared(learned, declared))
      .map(({ table, priority }) =>
        `learns flows in table ${
          nameOf(declared(table), table)
        } at priority ${priority}, which is not declared`
      ),
    ...counterProblems(row, place),
    ...(row.counts === declaration.counts ? [] : [
      `says that row ${place} counts ${row.counts ?? "nothing"}, and declares ${
        declaration.counts ?? "nothing"
      }`,
    ]),
  ];
}

function counterProblems({ counts, counter }: Row, place: string): string[] {
  const isCounter = Number.isInteger(counter) && counter! > 0 && counter! < 2 ** 32;
  if (isCounter === (counts !== undefined) && (isCounter || counter === undefined)) return [];
  return [`has row ${place} that counts ${counts ?? "nothing"} with counter ${describe(counter)}`];
}

const nameOf = (found: TableDeclaration | undefined, table: number) =>
  found ? `"${found.name}"` : String(table);

/** The first reason why a value cannot be a row at all; nothing if it can. */
function shapeProblem(row: Row): string | undefined {
  if (typeof row !== "object" || row === null) return `returns ${describe(row)}, which is no row`;
  if ("cookie" in row || row.actions?.some?.(hasCookie)) {
    return "must write no cookie: Sluice puts its own mark on each flow";
  }
  if (!Number.isInteger(row.table) || !Number.isInteger(row.priority)) {
    return `returns a row in table ${describe(row.table)} at priority ${describe(row.priority)}`;
  }
  if (!Array.isArray(row.actions)) return `returns a row with actions ${describe(row.actions)}`;
  try {
    canonicalMatch(row.match);
  } catch (error) {
    return `returns a row whose match Open vSwitch does not understand: ${
      (error as Error).message
    }`;
  }
  return undefined;
}

const inner = (action: RowAction): readonly RowAction[] =>
  "actions" in action && action.actions ? action.actions : [];

function hasCookie(action: RowAction): boolean {
  return "cookie" in Object(action) || inner(action).some(hasCookie);
}

/** Numbers of the tables to which the action sends the packet, or in which it learns flows. */
function leads(action: RowAction, from: number): number[] {
  const own = action.type === "resubmit"
    ? [action.table ?? from]
    : action.type === "goto_table" || action.type === "learn"
    ? [action.table]
    : action.type === "ct" && action.table !== undefined
    ? [action.table]
    : [];
  return [...own, ...inner(action).flatMap((each) => leads(each, from))];
}

type Learn = Extract<RowAction, { readonly type: "learn" }>;
function learns(action: RowAction): Learn[] {
  return [...(action.type === "learn" ? [action] : []), ...inner(action).flatMap(learns)];
}

function isDeclared({ table, priority }: Learn, declared: Declared): boolean {
  return declared(table)?.rows.some((row) => covers(row, priority)) ?? false;
}

/** What is wrong with the rows that take turns: that they match no packet, the packets of other tests show. */
export function turnProblems({ refresh }: Pipeline): string[] {
  if (!refresh) return [];
  const [one, other] = ([0, 1] as const).map((turn) => new Set(refresh(turn).map(flowKey)));
  return one!.size > 0 && one!.isDisjointFrom(other!)
    ? []
    : ["must return other rows of refresh for each turn, and some for both"];
}
