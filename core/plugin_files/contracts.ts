/** The contracts that plugin files can fulfil, by the name of what they define. @module */
import {
  actionProperties,
  actionShape,
  conformance,
  optionProperties,
  optionShape,
  resolverProperties,
  resolverShape,
  type Shape,
  targetProperties,
  targetShape,
} from "../conformance/mod.ts";
import type { Action, Option, Resolver, Target } from "../contracts/mod.ts";

export interface PluginOf {
  readonly target: Target;
  readonly action: Action;
  readonly option: Option;
  readonly resolver: Resolver;
}
export type PluginType = keyof PluginOf;

interface Contract<P> {
  readonly shape: Shape;
  /** What is wrong with one of that shape, in words for its author. */
  readonly problems: (plugin: P) => string[];
  /** What objects and flags call it. */
  readonly nameOf: (plugin: P) => string;
}

export const CONTRACTS: { readonly [T in PluginType]: Contract<PluginOf[T]> } = {
  target: {
    shape: targetShape,
    problems: (target) => conformance(target, targetProperties),
    nameOf: ({ kind }) => kind,
  },
  action: {
    shape: actionShape,
    problems: (action) => conformance(action, actionProperties),
    nameOf: ({ name }) => name,
  },
  option: {
    shape: optionShape,
    problems: (option) => conformance(option, optionProperties),
    nameOf: ({ field }) => field,
  },
  resolver: {
    shape: resolverShape,
    problems: (resolver) => conformance(resolver, resolverProperties),
    nameOf: ({ name }) => name,
  },
};
export const PLUGIN_TYPES = Object.keys(CONTRACTS) as readonly PluginType[];

/** A plugin and what it is; its name is what its contract's `nameOf` says. */
export type TypedPlugin = {
  readonly [T in PluginType]: { readonly type: T; readonly plugin: PluginOf[T] };
}[PluginType];

export function nameOf(typed: TypedPlugin): string {
  return withContract(typed, ({ nameOf }, plugin) => nameOf(plugin));
}
/** What is wrong with one of the right shape. */
export function contractProblems(typed: TypedPlugin): string[] {
  return withContract(typed, ({ problems }, plugin) => problems(plugin));
}

/** The compiler cannot see that both are of one type: that is what `TypedPlugin` says. */
function withContract<R>(
  { type, plugin }: TypedPlugin,
  use: (contract: Contract<unknown>, plugin: unknown) => R,
): R {
  return use(CONTRACTS[type] as Contract<unknown>, plugin);
}
