/**
 * The process of a plugin file: it loads the file, examines it by the conformance suite, and answers calls of its
 * functions. Each line that it writes begins
 * with a token, which distinguishes it from lines that the plugin writes.
 * @module
 */
import { pathToFileURL } from "node:url";
import { canonical } from "../base/canonical.ts";
import { LIMITS } from "../base/limits.ts";
import { delay } from "../base/timer.ts";
import { thrown } from "../conformance/mod.ts";
import type { Pipeline, PipelineType, PortView } from "../contracts/mod.ts";
import { contractProblems, nameOf, type TypedPlugin } from "./contracts.ts";
import { guard } from "./guard.ts";
import {
  type About,
  BEGUN,
  type Call,
  type Described,
  EXHAUSTED,
  type Question,
  type Result,
} from "./isolate_messages.ts";
import { InputLines } from "./lines.ts";
import { startMemoryWatch } from "./memory_watch.ts";
import { isProblems, loadModule } from "./module.ts";
import { fromText, toText } from "./plain_text.ts";
import { lineOf, writeLine } from "./token_line.ts";

type Methods = Readonly<Record<string, (...args: unknown[]) => unknown>>;

export interface ServeOptions {
  readonly token: string;
  /** Absolute path. */
  readonly file: string;
}

/** Loads and examines the file, and answers calls, until nobody can call any more. */
export async function servePlugin({ token, file }: ServeOptions): Promise<void> {
  const memory = await startMemoryWatch({
    most: LIMITS.pluginMemory,
    tooMuch: lineOf(token, EXHAUSTED),
  });
  writeLine(token, BEGUN);
  const loaded = await loadModule(pathToFileURL(file).href);
  if (isProblems(loaded)) return writeLine(token, toText({ problems: loaded }));
  const { typed, version } = loaded;
  const about: About = {
    type: typed.type,
    name: nameOf(typed),
    ...(version !== undefined && { version }),
  };
  const problems = contractProblems(typed);
  await delay(0); // Timers and promises that the file left behind run now, and may fail
  if (problems.length > 0) return writeLine(token, toText({ ...about, problems }));
  reportFaults((fault) => writeLine(token, toText({ fault })));
  const guarded = guard(typed, file);
  writeLine(token, toText({ ...about, ...described(guarded) }));
  const lines = new InputLines(Deno.stdin);
  const caller = new Caller(guarded, (question) => {
    writeLine(token, toText(question));
    return fromText(lines.nextSync() ?? "null");
  });
  memory.rest();
  for (let line; (line = await lines.next()) !== undefined;) {
    memory.work();
    writeLine(token, BEGUN);
    writeLine(token, toText(resultOf(caller, fromText(line) as Call)));
    memory.rest();
  }
}

function described({ plugin }: TypedPlugin): Pick<Described, "data" | "methods"> {
  const fields = Object.entries(plugin);
  const isMethod = (value: unknown) => typeof value === "function";
  return {
    data: Object.fromEntries(fields.filter(([, value]) => !isMethod(value))),
    methods: fields.filter(([, value]) => isMethod(value)).map(([name]) => name),
  };
}

function resultOf(caller: Caller, call: Call): Result {
  try {
    return { result: caller.call(call) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** Calls the functions of one plugin. */
class Caller {
  readonly #typed: TypedPlugin;
  readonly #ports: PortView;
  /** Those that the plugin has made, by their options. */
  readonly #pipelines = new Map<string, Pipeline>();

  constructor(typed: TypedPlugin, ask: (question: Question) => unknown) {
    this.#typed = typed;
    this.#ports = {
      named: (...args) => ask({ ask: "named", args }) as never,
      withExternalID: (...args) => ask({ ask: "withExternalID", args }) as never,
    };
  }

  call({ method, args, of }: Call): unknown {
    const { type, plugin } = this.#typed;
    if (of) return methodsOf(this.#pipeline(plugin as PipelineType, of))[method]!(...args);
    if (type === "pipeline" && method === "create") {
      const { tables, ...methods } = this.#pipeline(plugin, args[0] as never);
      return { tables, methods: Object.keys(methods) };
    }
    const more = type === "resolver" ? [this.#ports] : [];
    return methodsOf(plugin)[method]!(...args, ...more);
  }

  #pipeline(type: PipelineType, options: { readonly tableBase: number }): Pipeline {
    const key = canonical(options);
    const pipeline = this.#pipelines.get(key) ?? type.create(options);
    this.#pipelines.set(key, pipeline);
    return pipeline;
  }
}

const methodsOf = (object: object) => object as Methods;

/** Keeps the process when a timer or a promise that the plugin left behind fails. */
function reportFaults(report: (fault: string) => void): void {
  const tell = (event: Event, error: unknown) => {
    event.preventDefault();
    report(thrown(error));
  };
  globalThis.addEventListener("error", (event) => tell(event, event.error));
  globalThis.addEventListener("unhandledrejection", (event) => tell(event, event.reason));
}
