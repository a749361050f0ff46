/** Temporary. @module */
import type { Group } from "./groups.ts";
export const formatGroup = (f: Group): string =>
  JSON.stringify(f, (_, v) => typeof v === "bigint" ? `0x${v.toString(16)}` : v);
