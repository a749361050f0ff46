/** The program: gives the built-in plugins to the command line. @module */
import { CommanderError } from "@commander-js/extra-typings";
import { isMainThread } from "node:worker_threads";
import { BUNDLED, VERSION } from "./core/build.ts";
import { programName } from "./core/cli/called_as.ts";
import { printError } from "./core/cli/print.ts";
import { program } from "./core/cli/program.ts";
import { forgetEmptyVariables } from "./core/cli/setting_option.ts";
import { SluiceError } from "./core/base/errors.ts";
import { after } from "./core/base/timer.ts";
import { runThread } from "./core/cli/thread.ts";
import { index, type Plugins } from "./core/contracts/registry.ts";
import { actions, options, pipelines, resolvers, sources } from "./plugins/mod.ts";
import { targets } from "./targets/mod.ts";

/** Exit code of a wrong command line, as of most programs. */
const USAGE_ERROR = 2;

async function main(args: readonly string[]): Promise<number> {
  const plugins: Plugins = {
    targets: index("target", targets, ({ kind }) => kind),
    actions: index("action", actions, ({ name }) => name),
    options: index("option", options, ({ field }) => field),
    resolvers: index("resolver", resolvers, ({ name }) => name),
    pipelines: index("pipeline", pipelines, ({ name }) => name),
    sources: index("source", sources, ({ name }) => name),
  };
  forgetEmptyVariables();
  try {
    await program(plugins, VERSION, programName()).parseAsync(args, { from: "user" });
    return Number(Deno.exitCode);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR;
    if (!(error instanceof SluiceError)) throw error;
    for (const line of `sluice: ${error.message}`.split("\n")) printError(line);
    return 1;
  }
}

/** Runs a command to its end. Meanwhile a timer keeps the process alive: what a command waits for does not always do so. */
function run(): void {
  after(Number.MAX_SAFE_INTEGER, () => {});
  main(Deno.args).then((code) => Deno.exit(code));
}

// A bundle is one script, without `import.meta` and `await`. It is the program of threads, too: plugin_files/relay_thread.ts
if (!isMainThread) runThread();
else if (BUNDLED || import.meta.main) run();
