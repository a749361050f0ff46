/**
 * For what a plugin is not called for a while, as it made its process end: each such call stops Sluice for two seconds. A
 * Pod for which it failed costs the calls for this Pod alone, and many such Pods cost those of their Namespace. Pure.
 * @module
 */
import { LIMITS } from "../base/limits.ts";
import type { Call } from "./isolate_messages.ts";

/** What a call is for. */
interface Subject {
  /** As the middle of a sentence; empty for the whole plugin. */
  readonly name: string;
  /** Number of failures after which it rests. */
  readonly most: number;
}

interface Failures {
  count: number;
  /** Milliseconds of a monotonic clock. */
  until: number;
  readonly first: string;
}

const SECOND = 1000;

/** From the narrowest to the widest. */
function subjectsOf({ args: [about] }: Call): readonly Subject[] {
  const { namespace, name, annotations } = Object(about) as Readonly<Record<string, unknown>>;
  if (typeof namespace !== "string" || typeof name !== "string") {
    return [{ name: "", most: LIMITS.pluginFailures }];
  }
  // What is found without annotations must not rest because of what a tenant writes into them.
  const which = Object.keys(Object(annotations)).length > 0 ? " with annotations" : "";
  return [
    { name: ` for Pod "${namespace}/${name}"${which}`, most: 1 },
    { name: ` for Pods of Namespace "${namespace}"${which}`, most: LIMITS.pluginFailures },
  ];
}

export class Rests {
  readonly #failures = new Map<string, Failures>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Why the call is not made now, as the end of a sentence; nothing if it can be made. */
  refusal(call: Call): string | undefined {
    for (const { name, most } of subjectsOf(call)) {
      const { count = 0, until = 0, first } = this.#failures.get(name) ?? {};
      if (until <= this.#now()) continue;
      const rest = restAfter(count, most) / SECOND;
      const calls = count === 1 ? "a call" : `${count} calls`;
      return `is not called${name} for ${rest} s, as ${calls} failed: ${first}`;
    }
  }

  /**
   * Notes that the call has made the process end.
   *
   * @param message What happened, as the end of a sentence.
   * @returns The rests that begin, in milliseconds.
   */
  failed(call: Call, message: string): number[] {
    const rests = subjectsOf(call).map(({ name, most }) => {
      const { count, first } = this.#failures.get(name) ?? { count: 0, first: message };
      const rest = restAfter(count + 1, most);
      this.#failures.delete(name); // Those of which nothing was heard for longest come first
      this.#failures.set(name, { count: count + 1, until: this.#now() + rest, first });
      return rest;
    });
    for (const name of [...this.#failures.keys()].slice(0, -LIMITS.pluginFailedCalls)) {
      this.#failures.delete(name);
    }
    return rests.filter((rest) => rest > 0);
  }
}

/** Milliseconds: twice as long after each failure. */
function restAfter(count: number, most: number): number {
  if (count < most) return 0;
  return Math.min(LIMITS.pluginRest * 2 ** (count - most), LIMITS.pluginLongestRest);
}
