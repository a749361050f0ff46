/**
 * Wraps the plugins of files: if a method throws or returns a wrong result, its caller gets a `PluginError` that names
 * the file. @module
 */
import { attachmentProblems } from "../conformance/resolvers.ts";
import { effectProblems } from "../conformance/options.ts";
import { treatmentProblems } from "../conformance/actions.ts";
import type { Action, HopProblem, Option, Resolver, Target } from "../contracts/mod.ts";
import { portProblems } from "../conformance/port_schema.ts";
import { describe } from "../objects/validate.ts";
import { called } from "./guarded_call.ts";
import { guardPipelineType } from "./guard_pipeline.ts";
import type { PluginOf, PluginType, TypedPlugin } from "./contracts.ts";

function checkProblems(found: unknown): string[] {
  const isRight = Array.isArray(found) && found.every(isProblem);
  return isRight ? [] : [`must return a list of { path, message }: returns ${describe(found)}`];
}

function hopCheckProblems(found: unknown): string[] {
  const isRight = Array.isArray(found) &&
    found.every((each) => isProblem(each) && ["string", "undefined"].includes(typeof each.cure));
  return isRight
    ? []
    : [`must return a list of { path, message, cure? }: returns ${describe(found)}`];
}

function isProblem(each: Partial<HopProblem> | null): each is HopProblem {
  return typeof each?.path === "string" && typeof each.message === "string";
}

function guardTarget(target: Target, file: string): Target {
  const { check } = target;
  return {
    ...target,
    ...(check && {
      check: (spec) =>
        called({ file, method: "check", problems: checkProblems }, () => check.call(target, spec)),
    }),
    port: (spec) =>
      called({ file, method: "port", problems: portProblems }, () => target.port(spec)),
    ...(target.ingressPort && {
      ingressPort: (spec) => {
        const problems = (found: unknown) => found === undefined ? [] : portProblems(found);
        return called({ file, method: "ingressPort", problems }, () => target.ingressPort!(spec));
      },
    }),
  };
}

function guardAction(action: Action, file: string): Action {
  return {
    ...action,
    treat: (ports) => {
      const problems = (found: unknown) => treatmentProblems(found, Object.values(ports));
      return called({ file, method: "treat", problems }, () => action.treat(ports));
    },
  };
}

function guardOption(option: Option, file: string): Option {
  const { check, checkForHops } = option;
  const problems = (found: unknown) => effectProblems(found, option);
  return {
    ...option,
    ...(check && {
      check: (value) =>
        called({ file, method: "check", problems: checkProblems }, () => check.call(option, value)),
    }),
    ...(checkForHops && {
      checkForHops: (value) =>
        called(
          { file, method: "checkForHops", problems: hopCheckProblems },
          () => checkForHops.call(option, value),
        ),
    }),
    effect: (value) => called({ file, method: "effect", problems }, () => option.effect(value)),
  };
}

function guardResolver(resolver: Resolver, file: string): Resolver {
  return {
    ...resolver,
    resolve: (pod, ports) =>
      called(
        { file, method: "resolve", problems: attachmentProblems },
        () => resolver.resolve(pod, ports),
      ),
  };
}

const GUARDS: { readonly [T in PluginType]: (plugin: PluginOf[T], file: string) => PluginOf[T] } = {
  target: guardTarget,
  action: guardAction,
  option: guardOption,
  resolver: guardResolver,
  pipeline: guardPipelineType,
};

/** The same plugin with checked methods, which throw only `PluginError`. */
export function guard({ type, plugin }: TypedPlugin, file: string): TypedPlugin {
  const wrap = GUARDS[type] as (plugin: TypedPlugin["plugin"], file: string) => unknown;
  return { type, plugin: wrap(plugin, file) } as TypedPlugin;
}
