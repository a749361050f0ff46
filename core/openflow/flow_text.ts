/** Temporary. @module */
import type { Flow } from "./flow.ts";
import type { FlowFilter } from "./flow_messages.ts";
export const formatFlow = (f: Flow): string =>
  JSON.stringify(f, (_, v) => typeof v === "bigint" ? `0x${v.toString(16)}` : v);
export const formatFilter = (f: FlowFilter): string =>
  JSON.stringify(f, (_, v) => typeof v === "bigint" ? `0x${v.toString(16)}` : v);
