/** What this build is. scripts/build writes COMMIT and BUNDLED anew, in a copy. @module */

export const VERSION = "0.1.0";
/** Of git, with `-modified` if it is not all; empty from source. */
export const COMMIT = "";
/** Whether everything is in one program, which needs neither configuration nor packages. */
export const BUNDLED = false;
