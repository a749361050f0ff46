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
    result = call();
  } catch (cause) {
    throw new PluginError(file, `${method} throws ${thrown(cause)}`, { cause });
  }
  const [wrong] = problems(result);
  if (wrong !== undefined) throw new PluginError(file, `${method} ${wrong}`);
  return structuredClone(result);
}
