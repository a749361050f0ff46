/** All targets. Some need a folder or a server, which go when the list is disposed. @module */
import type { Target } from "./target.ts";
import { GUARDS } from "./targets/guards.ts";
import { httpTarget } from "./targets/http.ts";
import { OBJECT_TARGETS } from "./targets/objects.ts";
import { OPENFLOW } from "./targets/openflow.ts";
import { OPENFLOW_TEXT } from "./targets/openflow_text.ts";
import { OVSDB } from "./targets/ovsdb.ts";
import { PLAIN_YAML } from "./targets/plain_yaml.ts";
import { streamTargets } from "./targets/streams.ts";

export async function openTargets(): Promise<
  { readonly all: readonly Target[] } & AsyncDisposable
> {
  const folder = await Deno.makeTempDir({ prefix: "slfuzz" });
  const http = httpTarget();
  const decoders = [
    ...OPENFLOW,
    ...OPENFLOW_TEXT,
    ...OVSDB,
    ...OBJECT_TARGETS,
    PLAIN_YAML,
    ...GUARDS,
  ];
  return {
    all: [...decoders, ...streamTargets(folder), http.target],
    async [Symbol.asyncDispose]() {
      await http[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
