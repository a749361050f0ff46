/** Dark or light: as the system wants it, until the user chooses. @module */
import { useEffect, useState } from "preact/hooks";

export type Scheme = "light" | "dark";

const KEY = "sluice-scheme";
const DARK = "(prefers-color-scheme: dark)";

/** What the user has chosen before; a browser may keep nothing. */
function chosen(): Scheme | undefined {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "light" || kept === "dark" ? kept : undefined;
  } catch {
    return undefined;
  }
}

function keep(scheme: Scheme): void {
  try {
    localStorage.setItem(KEY, scheme);
  } catch { /* it holds until the page is left */ }
}

const ofSystem = (): Scheme => matchMedia(DARK).matches ? "dark" : "light";

/** The scheme, and what changes it to the other one. */
export function useScheme(): readonly [Scheme, () => void] {
  const [scheme, setScheme] = useState<Scheme>(() => chosen() ?? ofSystem());
  useEffect(() => {
    const query = matchMedia(DARK);
    const follow = () => chosen() ?? setScheme(ofSystem());
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, []);
  document.documentElement.dataset.scheme = scheme;
  const toggle = () => {
    const other = scheme === "dark" ? "light" : "dark";
    keep(other);
    setScheme(other);
  };
  return [scheme, toggle];
}
