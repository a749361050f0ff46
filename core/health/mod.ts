/** The part of health/ that other rooms may use. @module */
export { HealthProbes } from "./health_probes.ts";
export type { Verdict } from "./verdict.ts";
