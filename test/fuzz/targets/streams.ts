/** What is read from files and connections, by the code that reads it: it takes longer than a decoder alone. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Remembered } from "../../../core/agent/memory_file.ts";
import { TerminalError } from "../../../core/base/errors.ts";
import { foreign, harmless } from "../../../core/base/foreign_text.ts";
import { NO_LOG } from "../../../core/base/log.ts";
import { jsonLines } from "../../../plugins/sources/kubernetes/json_lines.ts";
import { readKubeconfig } from "../../../plugins/sources/kubernetes/kubeconfig.ts";
import { defineTarget, none, only, type Target } from "../target.ts";
import { TEXTS } from "../values.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const LINES = [
  '{"type":"ADDED","object":{"kind":"Pod","metadata":{"name":"web","resourceVersion":"5"}}}\n',
  '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}}\n\n{"type":"DELETED","object":{}}\n',
  '{"type":"ERROR","object":{"code":410}}',
];
const SILENCE = 60_000;

/** The values do not depend on how the stream is cut. */
async function linesInPieces(all: Uint8Array): Promise<void> {
  const values = async (size: number): Promise<unknown[]> => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < all.length; at += size) controller.enqueue(all.slice(at, at + size));
        controller.close();
      },
    });
    const found: unknown[] = [];
    try {
      for await (const value of jsonLines(body, SILENCE, () => {})) found.push(value);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      found.push("it is not JSON");
    }
    return found;
  };
  assert.deepEqual(await values(5), await values(Math.max(1, all.length)));
}

const KUBECONFIGS = [
  `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:6443", certificate-authority-data: "YQ=="}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`,
  '{"clusters":[{"name":"c","cluster":{"server":"http://localhost:8001"}}],"contexts":[{"name":"x","context":{"cluster":"c"}}],"current-context":"x"}',
];

/** @param folder Where files are written before they are read. */
export function streamTargets(folder: string): readonly Target[] {
  const kubeconfig = join(folder, "kubeconfig");
  const state = join(folder, "br0.files.json");
  return [
    defineTarget<Uint8Array>({
      name: "lines of a watch",
      samples: LINES.map(bytes),
      check: linesInPieces,
      allows: none,
      growths: {
        "one line": (size) => bytes(`{"a":"${"x".repeat(size)}"}\n`),
        "many lines": (size) => bytes("{}\n".repeat(size)),
      },
    }),
    defineTarget<string>({
      name: "kubeconfig",
      samples: KUBECONFIGS,
      check: async (text) => {
        await Deno.writeTextFile(kubeconfig, text);
        await readKubeconfig(kubeconfig);
      },
      allows: only(TerminalError),
    }),
    defineTarget<string>({
      name: "state file",
      samples: [
        '{ "version": 1, "parts": {"objects": {\n"TrafficControl/t": {"spec": {}}\n},"source": {\n}\n} }\n',
      ],
      check: async (text) => {
        await Deno.writeTextFile(state, text);
        await using remembered = await Remembered.open(state, NO_LOG);
        const part = remembered.part("objects");
        for (const key of part.keys()) part.get(key);
      },
      allows: none,
    }),
    defineTarget<string>({
      name: "foreign text",
      samples: TEXTS,
      check: (text) => {
        for (const shown of [foreign(text, 50), harmless(text, 50)]) {
          assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
          assert.ok(shown.length < 50 * 8 + 30);
        }
      },
      allows: none,
      growths: { "long": (size) => "\u001b".repeat(size) },
    }),
  ];
}
