/** `sluice top` and `sluice status --watch` on a terminal: one place, colours, and all as it was after Ctrl-C. */
import assert from "node:assert/strict";
import { app, internal, podObject, PROGRAM, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import type { TestPod } from "../lab/pod.ts";
import { Terminal } from "../lab/terminal.ts";

const CTRL_C = "\x03";
const [ENTER, ESCAPE] = ["\r", "\x1b"];
/** What a terminal gets before the first table, and after the last one. */
const [BEGIN, END] = [`${ESCAPE}[?1049h${ESCAPE}[?25l`, `${ESCAPE}[?25h${ESCAPE}[?1049l`];

/** A shell at a terminal with 24 lines of 80 characters, in the switch's namespace. */
async function shell({ ovs }: Lab, env: Readonly<Record<string, string>>): Promise<Terminal> {
  const terminal = new Terminal(`ip netns exec ${ovs.netns} sh`, {
    TERM: "xterm",
    PS1: "ready> ",
    HOME: Deno.env.get("HOME")!,
    ...env,
  });
  await terminal.sees(/ready> /);
  await terminal.type(`stty rows 24 columns 80 -echo${ENTER}`);
  await terminal.sees(/ready> /);
  return terminal;
}

/** Types a key at last, so that a program ends that the test has not ended. */
const endsBy = (key: string, terminal: Terminal): AsyncDisposable => ({
  [Symbol.asyncDispose]: () => terminal.type(key),
});

async function started(): Promise<Lab> {
  const lab = await Lab.start(2);
  const [web, peer] = lab.pods as [TestPod, TestPod];
  await lab.agent.write("pods.yaml", podObject(web, { app: "web" }), podObject(peer, {}));
  const object = trafficControl("mirror-of-the-web", {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal("tap0"),
  });
  await lab.agent.write("tc.yaml", object);
  await lab.agent.realized("mirror-of-the-web");
  return lab;
}

/** One draws a table for each interval, the other one when something has changed. */
const COMMANDS = [["top", "--interval", "300ms"], ["status", "--watch"]] as const;
const ONCE = `${RegExp.escape(BEGIN)}[^]*mirror-of-the[^]*\\[J`;
const DRAWN = [new RegExp(`${ONCE}[^]*\\[H[^]*\\[J`), new RegExp(ONCE)];

Deno.test("what is watched on a terminal stays in one place, and Ctrl-C gives the terminal back", async (t) => {
  await using lab = await started();
  for (const [at, command] of COMMANDS.entries()) {
    await t.step(command.join(" "), async () => {
      await using terminal = await shell(lab, {});
      await using _ended = endsBy(CTRL_C, terminal);
      await terminal.type(`${[...PROGRAM, ...command].join(" ")}; echo "code $?"${ENTER}`);
      const drawn = await terminal.sees(DRAWN[at]!);
      assert.ok(drawn.startsWith(BEGIN), JSON.stringify(drawn));
      assert.ok(drawn.includes(`${ESCAPE}[1m`), "heads are painted");
      await terminal.type(CTRL_C);
      const last = await terminal.sees(/\[\?25h[^]*code \d+/);
      assert.ok(last.includes(END.slice(1)), JSON.stringify(last));
      assert.match(last, /mirror-of-the/); // it is cut, as the line has 80 characters
      assert.match(last, /code 0$/);
    });
  }
});

Deno.test("NO_COLOR takes the colours away, and nothing else", async () => {
  await using lab = await started();
  await using terminal = await shell(lab, { NO_COLOR: "1" });
  await using _ended = endsBy(CTRL_C, terminal);
  await terminal.type(`${[...PROGRAM, ...COMMANDS[0]].join(" ")}; echo "code $?"${ENTER}`);
  const drawn = await terminal.sees(DRAWN[1]!);
  for (const code of ["1", "2", "31", "32", "33"]) assert.ok(!drawn.includes(`${ESCAPE}[${code}m`));
  await terminal.type(CTRL_C);
  await terminal.sees(/code 0/);
});

Deno.test("a terminal that is narrow has cells that are cut, a pipe at it has not", async () => {
  await using lab = await started();
  await using terminal = await shell(lab, { NO_COLOR: "1" });
  await terminal.type(`stty columns 50${ENTER}`);
  await terminal.sees(/ready> /);
  await terminal.type(`${[...PROGRAM, "status"].join(" ")}${ENTER}`);
  assert.match(await terminal.sees(/mirror-\S*… [^]*ready> /), /^mirror-/);
  await terminal.type(`${[...PROGRAM, "status"].join(" ")} | cat${ENTER}`);
  await terminal.sees(/mirror-of-the-web +Mirror [^]*ready> /);
});
