/** The plugin of a file as Sluice uses it: its data, and functions that are called in the plugin's own thread. @module */
import type { Pipeline, Pod, PortView } from "../contracts/mod.ts";
import type { TypedPlugin } from "./contracts.ts";
import type { Isolate } from "./isolate.ts";
import type { Described } from "./isolate_messages.ts";

type Methods = Record<string, (...args: never[]) => unknown>;

/** A plugin with the same fields and functions. Its functions throw only `PluginError`. */
export function isolatedPlugin({ type, data, methods }: Described, isolate: Isolate): TypedPlugin {
  const functions: Methods = Object.fromEntries(
    methods.map((method) => [method, (...args: unknown[]) => isolate.call({ method, args })]),
  );
  if (type === "resolver") {
    functions.resolve = (pod: Pod, ports: PortView) =>
      isolate.call({ method: "resolve", args: [pod] }, {
        named: (name: string) => ports.named(name),
        withExternalID: (key: string, value: string) => ports.withExternalID(key, value),
      });
  }
  if (type === "pipeline") {
    functions.create = (of: { readonly tableBase: number }) => isolatedPipeline(isolate, of);
  }
  return { type, plugin: { ...data, ...functions } } as unknown as TypedPlugin;
}

function isolatedPipeline(isolate: Isolate, of: { readonly tableBase: number }): Pipeline {
  const made = isolate.call({ method: "create", args: [of] }) as {
    readonly tables: Pipeline["tables"];
    readonly methods: readonly string[];
  };
  const functions = made.methods.map((method) =>
    [method, (...args: unknown[]) => isolate.call({ method, args, of })] as const
  );
  return { tables: made.tables, ...Object.fromEntries(functions) } as unknown as Pipeline;
}
