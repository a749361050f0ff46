/** Keys that work wherever the focus is. @module */
import { useEffect, useRef } from "preact/hooks";

export interface Keys {
  /** Moves the focus to the search. */
  onSearch(): void;
  /** Closes what is open, or empties the search. */
  onEscape(): void;
  /** Chooses a tab, counted from 0. */
  onTab(index: number): void;
  /** Moves the focus to the table. */
  onTable(): void;
}

const isTyping = ({ target }: KeyboardEvent) =>
  target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;

/** Keys that move in a table, and into it if it has not the focus. */
const INTO_TABLE: readonly string[] = ["j", "k", "ArrowDown", "ArrowUp"];

export function useKeys(now: Keys): void {
  const latest = useRef(now);
  latest.current = now; // from this drawing on, also before effects have run
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const keys = latest.current;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape") return keys.onEscape();
      if (isTyping(event) && event.key !== "ArrowDown") return;
      if (event.key === "/") keys.onSearch();
      else if (/^[1-9]$/.test(event.key)) return keys.onTab(Number(event.key) - 1);
      else if (INTO_TABLE.includes(event.key) && !isInTable(event)) keys.onTable();
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}

const isInTable = ({ target }: KeyboardEvent) =>
  target instanceof Element && target.closest("[role=grid], [role=tablist], .details") !== null;
