/** What Sluice and the process of a plugin file say to each other. @module */
import type { PluginType } from "./contracts.ts";

/** What is known of a plugin file. */
export interface About {
  readonly type: PluginType;
  readonly name: string;
  /** Its author chooses it. */
  readonly version?: string;
}

/** A file that cannot be used: a line for each reason, in words for its author. */
export interface Refused extends Partial<About> {
  readonly problems: readonly string[];
}

/** A plugin that fulfils its contract. */
export interface Described extends About {
  /** Its fields that are no functions. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The names of its functions. */
  readonly methods: readonly string[];
}

/** The first line of the process. */
export type Loaded = Described | Refused;

/** A call of a function of the plugin. */
export interface Call {
  readonly method: string;
  readonly args: readonly unknown[];
  /** For a method of a pipeline that the plugin has made: the options that it was made with. */
  readonly of?: { readonly tableBase: number };
}

/** A question of a running call, which Sluice answers, e.g. by a look-up of ports. */
export interface Question {
  readonly ask: string;
  readonly args: readonly unknown[];
}

/** The end of a call. */
export type Result =
  /** Nothing is written of a function that returns nothing. */
  | { readonly result?: unknown }
  /** The function throws, or returns something wrong. */
  | { readonly error: string }
  /** The process was ended, as the end of a sentence. */
  | { readonly fatal: string };

/** What the process says of something that failed after a call had ended, e.g. in a timer. */
export interface Fault {
  readonly fault: string;
}

/** What the process says when it begins to load its file, and when it begins with a call. */
export const BEGUN = '{"begun":true}';
/** What the process says when it uses too much memory: it is to be killed. */
export const EXHAUSTED = '{"exhausted":true}';
