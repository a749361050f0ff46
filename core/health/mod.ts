/** The part of health/ that other rooms may use. @module */
export { HealthProbes } from "./health_probes.ts";
export { TrafficWatch } from "./traffic_watch.ts";
export { SilenceWatch } from "./silence_watch.ts";
export type { Verdict } from "./verdict.ts";
