/** Priorities: of several redirects of one Pod, the one with the lowest priority is in effect. @module */

/** The priority of a TrafficControl without an option that sets another one. */
export const DEFAULT_PRIORITY = 500;
/** Priorities are whole numbers from 0 to this one. */
export const MOST_PRIORITY = 1000;
