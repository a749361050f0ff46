/** The priorities by which redirects of one Pod are ordered. @module */

/** Of a TrafficControl to which no option gives another one. */
export const DEFAULT_PRIORITY = 500;
/** They are whole numbers from 0 to this one; the lowest comes first. */
export const MOST_PRIORITY = 1000;
