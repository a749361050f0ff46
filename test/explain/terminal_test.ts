/** `sluice explain` at a terminal has colours, unless NO_COLOR says otherwise, and lines that fit. */
import assert from "node:assert/strict";
import { PROGRAM } from "../lab/agent.ts";
import { Terminal } from "../lab/terminal.ts";

const MESSAGE = "It is a long sentence with many words, ".repeat(8);
const EXPLANATION = {
  pod: "default/a",
  labels: ["app=\x1b[2Jweb"],
  namespaceLabels: [],
  conditions: [{ reason: "NoPort", message: MESSAGE, cure: "mend it" }],
  ports: [],
  trafficControls: [],
};

/** What the terminal shows, line by line. */
async function seen(env: Record<string, string>): Promise<string[]> {
  const serve = () => Response.json(EXPLANATION);
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, serve);
  const { HOME = "/" } = Deno.env.toObject();
  const denoDir = Deno.env.get("DENO_DIR");
  const inherited = { HOME, ...(denoDir !== undefined && { DENO_DIR: denoDir }) };
  const words = [
    ...PROGRAM,
    "explain",
    "pod/default/a",
    "--address",
    `127.0.0.1:${server.addr.port}`,
  ];
  const command = words.map((word) => `'${word}'`).join(" ");
  const run = `stty columns 80; ${command}; echo the "end"; read line`;
  await using terminal = new Terminal(run, { ...inherited, ...env });
  return (await terminal.sees(/[^]*the end/)).split(/\r?\n/);
}

Deno.test("at a terminal a problem is red, sentences fit, and objects cannot write escape sequences", async () => {
  const lines = await seen({ TERM: "xterm" });
  const problem = lines.find((line) => line.includes("problem"))!;
  // deno-lint-ignore no-control-regex -- colours are control characters
  assert.match(problem, /^ {2}\x1b\[31m/);
  // deno-lint-ignore no-control-regex -- colours are control characters
  const plain = lines.map((line) => line.replaceAll(/\x1b\[\d+m/g, ""));
  assert.ok(plain.every((line) => line.length <= 80), plain.join("\n"));
  assert.ok(plain.some((line) => line.startsWith("      ") && line.includes("many words")));
  assert.ok(plain.some((line) => line.includes("app=\\u001b[2Jweb")), plain.join("\n"));
});

Deno.test("with NO_COLOR there are no colours", async () => {
  const lines = await seen({ TERM: "xterm", NO_COLOR: "1" });
  assert.ok(lines.some((line) => line.startsWith("  problem: NoPort: ")), lines.join("\n"));
  assert.ok(lines.every((line) => !line.includes("\x1b")));
});
