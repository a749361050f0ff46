/** Calls a method of a plugin from a file: what it throws or returns wrongly names the file. @module */
import { PluginError } from "../base/errors.ts";
import { thrown } from "../conformance/mod.ts";

export interface Call {
  readonly file: string;
  /** Name of the contract's method, e.g. `port`. */
  readonly method: string;
  /** What is wrong with the result; an empty list if it is right. */
  readonly problems: (result: unknown) => readonly string[];
}

/**
 * Calls a method and checks its result.
 *
 * @returns A copy of the result, which the plugin cannot change later.
 */
export function called<R>({ file, method, problems }: Call, call: () => R): R {
  let result: R;
  try {
    result = withoutRejection(call());
  } catch (cause) {
    throw new PluginError(file, `${method} throws ${thrown(cause)}`, { cause });
  }
  const copy = copyOf(result, problems);
  if ("value" in copy) return copy.value;
  throw new PluginError(file, `${method} ${copy.wrong}`, { cause: copy.cause });
}

/** The result. No contract has an async method. If a plugin returns a promise, its failure must not end the process later. */
export function withoutRejection<R>(result: R): R {
  if (result instanceof Promise) result.catch(() => {});
  return result;
}

type Copied<R> = { readonly value: R } | { readonly wrong: string; readonly cause?: unknown };

/** A copy of the result, or what is wrong with it. Reading the result may run code of the plugin, e.g. a getter that throws. */
function copyOf<R>(result: R, problems: Call["problems"]): Copied<R> {
  try {
    const [wrong] = problems(result);
    return wrong === undefined ? { value: structuredClone(result) } : { wrong };
  } catch (cause) {
    return { wrong: `must return plain data: ${thrown(cause)}`, cause };
  }
}
