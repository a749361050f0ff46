/**
 * A table of which only the rows in view are elements, so that a thousand rows cost as much as thirty. ARIA Authoring
 * Practices, "Grid Pattern": one row is active, the keyboard moves it. @module
 */
import type { View } from "./dom.ts";
import { type ComponentChildren, h, type RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** `number` aligns it to the right; `wide` gives it more room; `extra` leaves it out where there is little. */
  readonly kind?: string;
}

interface TableOptions<Row> {
  /** What it lists, for a reader of the screen. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Key of the row whose details are open. */
  readonly opened: string | undefined;
  readonly onOpen: (row: Row) => void;
  /** Said in place of rows. */
  readonly empty: string;
}

/** Pixels, as in page.css. */
const ROW = 36;
/** Rows that are made above and below those in view. */
const MARGIN = 8;
const PAGE = 10;

/** By how many rows a key moves. */
const MOVES: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  j: 1,
  ArrowUp: -1,
  k: -1,
  PageDown: PAGE,
  PageUp: -PAGE,
  Home: -Infinity,
  End: Infinity,
};

const within = (index: number, length: number) => Math.max(0, Math.min(length - 1, index));

/** What of the rows is in view. */
function useView(length: number) {
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: ROW });
  useLayoutEffect(() => {
    const { current } = scroller;
    if (!current) return;
    const look = () => setView({ top: current.scrollTop, height: current.clientHeight });
    const observer = new ResizeObserver(look);
    observer.observe(current);
    current.addEventListener("scroll", look, { passive: true });
    look();
    return () => {
      observer.disconnect();
      current.removeEventListener("scroll", look);
    };
  }, []);
  const first = Math.max(0, Math.floor(view.top / ROW) - MARGIN);
  const last = Math.min(length, Math.ceil((view.top + view.height) / ROW) + MARGIN);
  return { scroller, first, last };
}

/** Scrolls so that a row is in view, below the head. */
function reveal(scroller: HTMLDivElement | null, index: number): void {
  if (!scroller) return;
  const [top, room] = [index * ROW, scroller.clientHeight - 2 * ROW];
  if (top < scroller.scrollTop) scroller.scrollTop = top;
  else if (top > scroller.scrollTop + room) scroller.scrollTop = top - room;
}

/** The row that the keyboard has moved to. */
function useActive<Row>(
  { rows, keyOf, opened, onOpen }: TableOptions<Row>,
  scroller: RefObject<HTMLDivElement | null>,
) {
  const [active, setActive] = useState(0);
  const current = within(active, rows.length);
  useEffect(() => {
    const index = rows.findIndex((row) => keyOf(row) === opened);
    if (index >= 0) setActive(index);
  }, [opened]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && rows[current]) return onOpen(rows[current]);
    const move = MOVES[event.key];
    if (move === undefined) return;
    event.preventDefault();
    const next = within(current + move, rows.length);
    setActive(next);
    reveal(scroller.current, next);
  };
  return { current, onKeyDown };
}

export function Table<Row>(options: TableOptions<Row>): View {
  const { label, columns, rows, empty } = options;
  const { scroller, first, last } = useView(rows.length);
  const { current, onKeyDown } = useActive(options, scroller);
  const shown = rows.slice(first, last).map((row, index) =>
    bodyRow({ ...options, row, index: first + index, isActive: first + index === current })
  );
  if (rows.length === 0) return h("p", { class: "empty" }, empty);
  return h(
    "div",
    {
      class: "table",
      role: "grid",
      tabIndex: 0,
      ref: scroller,
      onKeyDown,
      "aria-label": label,
      "aria-rowcount": rows.length + 1,
      "aria-activedescendant": rows[current] && `row-${current}`,
    },
    headRow(columns),
    h("div", {
      class: "space",
      role: "rowgroup",
      style: { height: `${rows.length * ROW}px`, paddingTop: `${first * ROW}px` },
    }, shown),
  );
}

function headRow<Row>(columns: readonly Column<Row>[]): View {
  const cells = columns.map(({ head, kind = "" }) =>
    h("div", { class: `cell ${kind}`, role: "columnheader" }, head)
  );
  return h(
    "div",
    { class: "head", role: "rowgroup" },
    h("div", { class: "row", role: "row", "aria-rowindex": 1 }, cells),
  );
}

interface RowOptions<Row>
  extends Pick<TableOptions<Row>, "columns" | "onOpen" | "opened" | "keyOf"> {
  readonly row: Row;
  readonly index: number;
  readonly isActive: boolean;
}

function bodyRow<Row>(options: RowOptions<Row>): View {
  const { row, index, isActive, columns, onOpen, opened, keyOf } = options;
  const key = keyOf(row);
  return h(
    "div",
    {
      key,
      id: `row-${index}`,
      role: "row",
      class: isActive ? "row active" : "row",
      "aria-rowindex": index + 2,
      "aria-selected": key === opened,
      onClick: () => onOpen(row),
    },
    columns.map(({ head, cell, kind = "" }) =>
      h("div", { key: head, class: `cell ${kind}`, role: "gridcell" }, cell(row))
    ),
  );
}
