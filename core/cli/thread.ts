/** What a thread of the program does: the relay of plugin files is the only one. @module */
export { relay as runThread } from "../plugin_files/relay.ts";
