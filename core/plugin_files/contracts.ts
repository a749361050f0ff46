/** The contracts that a plugin file can fulfil: target, action and resolver. @module */
import {
  actionProperties,
  actionShape,
  conformance,
  optionProperties,
  optionShape,
  pipelineProblems,
  pipelineShape,
  resolverProperties,
  resolverShape,
  type Shape,
  targetProperties,
  targetShape,
} from "../conformance/mod.ts";
import type { Action, Option, PipelineType, Resolver, Target } from "../contracts/mod.ts";

export interface PluginOf {
  readonly target: Target;
  readonly action: Action;
  readonly option: Option;
  readonly resolver: Resolver;
  readonly pipeline: PipelineType;
}
export type PluginType = keyof PluginOf;

interface Contract<P> {
  readonly shape: Shape;
  /** What is wrong with a plugin that has the shape, in words for its author. */
  readonly problems: (plugin: P) => string[];
  /** The name by which objects and flags refer to the plugin. */
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
  pipeline: {
    shape: pipelineShape,
    problems: pipelineProblems,
    nameOf: ({ name }) => name,
  },
};
export const PLUGIN_TYPES = Object.keys(CONTRACTS) as readonly PluginType[];

/** A plugin together with its type. */
export type TypedPlugin = {
  readonly [T in PluginType]: { readonly type: T; readonly plugin: PluginOf[T] };
}[PluginType];

export function nameOf(typed: TypedPlugin): string {
  return withContract(typed, ({ nameOf }, plugin) => nameOf(plugin));
}

/** What is wrong with a plugin that has the right shape, in words for its author. */
export function contractProblems(typed: TypedPlugin): string[] {
  return withContract(typed, ({ problems }, plugin) => problems(plugin));
}

/** `TypedPlugin` guarantees that the contract and the plugin have one type. The compiler cannot see it here. */
function withContract<R>(
  { type, plugin }: TypedPlugin,
  use: (contract: Contract<unknown>, plugin: unknown) => R,
): R {
  return use(CONTRACTS[type] as Contract<unknown>, plugin);
}
