/** Plugin files get other versions, and go wrong for a while. @module */
import type { Fault } from "./fault.ts";
import { defineKind, type Kind } from "./operations.ts";
import { type Broken, PREFIXES } from "./plugin_files.ts";

const WAYS: readonly (readonly [name: string, by: string])[] = [
  ["throws", 'throw new RangeError("not now");'],
  ["hangs", "for (;;);"],
  ["ends its process", "Deno.exit(3);"],
];

const fault = (name: string, weight: number, broken: Broken): Fault => ({
  name,
  weight,
  begin: (world) => world.loadPlugins({ broken }),
  end: (world) => world.loadPlugins({ broken: undefined }),
});

export const PLUGIN_FAULTS: readonly Fault[] = [
  ...(["target", "resolver"] as const).flatMap((where) =>
    WAYS.map(([name, by]) => fault(`a plugin's ${where} ${name}`, 1, { in: where, by }))
  ),
  fault("a plugin file is no module", 1, { file: "let x = ;" }),
];

export const PLUGINS: readonly Kind[] = [
  defineKind<string>({
    name: "a plugin file gets another version",
    weight: 3,
    needs: ["agent"],
    draw: (random) => random.pick(PREFIXES),
    expect: (prefix, expected) => void (expected.prefix = prefix),
    run: (prefix, world) => world.loadPlugins({ prefix }),
  }),
];
