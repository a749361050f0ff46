/** All targets. @module */
import type { Target } from "./target.ts";
import { OPENFLOW } from "./targets/openflow.ts";
import { OPENFLOW_TEXT } from "./targets/openflow_text.ts";
import { OVSDB } from "./targets/ovsdb.ts";

export async function targets(): Promise<readonly Target[]> {
  return await Promise.resolve([...OPENFLOW, ...OPENFLOW_TEXT, ...OVSDB]);
}
