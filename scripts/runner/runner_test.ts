/** The runner of the tests, on a small project in a temporary folder. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { choose } from "./choice.ts";
import { Display, duration, type Screen } from "./display.ts";
import { type Run, runTests } from "./main.ts";
import { outcomeOf } from "./outcome.ts";

const FILES: Readonly<Record<string, string>> = {
  "core/good_test.ts":
    `Deno.test("one", () => {}); console.error("SKIPPED: later"); Deno.test.ignore("later", () => {});`,
  "core/example.ts": "/**\n * ```ts\n * const x: number = 1;\n * ```\n */\nexport const x = 1;\n",
  "test/bad_test.ts": `
    Deno.test("it works", () => {});
    Deno.test("it fails", async (t) => {
      console.log("printed by the test");
      await t.step("a step", () => { throw new Error("the reason"); });
    });`,
  "test/thrown_test.ts": `throw new Error("before any test");`,
  "test/inner/slow_test.ts":
    `Deno.test("slow", () => new Promise(() => setTimeout(() => {}, 60_000)));`,
  "test/lifecycle/good_test.ts": `Deno.test("one", () => {});`,
  "test/long/long_test.ts": `Deno.test("long", () => {});`,
  "dist/built_test.ts": `Deno.test("not one of ours", () => {});`,
};

class Project implements AsyncDisposable {
  said = "";
  private constructor(readonly root: string) {}

  static async make(): Promise<Project> {
    const root = await Deno.makeTempDir({ prefix: "slrunner" });
    for (const [file, text] of Object.entries(FILES)) {
      await Deno.mkdir(join(root, file, ".."), { recursive: true });
      await Deno.writeTextFile(join(root, file), text);
    }
    return new Project(root);
  }
  run(more: Partial<Run>): Promise<string> {
    const paths = (more.paths ?? []).map((path) => join(this.root, path));
    const screen: Screen = { columns: undefined, write: (text) => void (this.said += text) };
    return runTests({ root: this.root, kind: "all", jobs: 2, ...more, paths }, screen);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.root, { recursive: true });
  }
}

Deno.test("which tests a run has", async () => {
  await using project = await Project.make();
  const names = async (...of: ["all" | "quick" | "long", string[]]) => {
    const paths = of[1].map((path) => join(project.root, path));
    return (await choose(project.root, of[0], paths)).map(({ name }) => name);
  };
  const examples = "examples in comments and pages";
  assert.deepEqual(await names("all", []), [
    "test/bad_test.ts",
    "test/inner/slow_test.ts",
    "test/lifecycle/good_test.ts",
    "test/thrown_test.ts",
    "core/good_test.ts",
    examples,
  ]);
  assert.deepEqual(await names("quick", []), [
    "test/bad_test.ts",
    "test/lifecycle/good_test.ts",
    "test/thrown_test.ts",
    "core/good_test.ts",
    examples,
  ]);
  assert.deepEqual(await names("long", []), ["test/long/long_test.ts"]);
  assert.deepEqual(await names("all", ["test/long", "core"]), [
    "test/long/long_test.ts",
    "core/good_test.ts",
  ]);
});

Deno.test("on another Open vSwitch: its version is in the names, its variables are the test's", async () => {
  await using project = await Project.make();
  await Deno.writeTextFile(
    join(project.root, "core/seen_test.ts"),
    `Deno.test("one", () => { throw new Error("seen: " + Deno.env.get("SEEN")); });`,
  );
  const ovs = { version: "3.5.9", env: { SEEN: "of 3.5" } };
  const [paths, flags] = [["core/seen_test.ts"], ["--no-check"]];
  assert.equal(await project.run({ paths, flags, ovs }), "0 passed, 1 failed");
  for (
    const said of [
      /^test: Open vSwitch 3\.5\.9 runs, as its ovs-vswitchd says$/m,
      /^\[1\/1\] .* FAILED core\/seen_test\.ts on Open vSwitch 3\.5\.9: 0 passed, 1 failed/m,
      /error: Error: seen: of 3\.5/,
      /^test: FAILED core\/seen_test\.ts on Open vSwitch 3\.5\.9: one /m,
    ]
  ) assert.match(project.said, said);
});

Deno.test("what runs once more on each Open vSwitch of a matrix is counted", async () => {
  await using project = await Project.make();
  for (const name of ["mirror", "redirect"]) {
    const text = `Deno.test("one", () => {});`;
    await Deno.writeTextFile(join(project.root, `test/${name}_test.ts`), text);
  }
  const matrix = ["3.5.9", "4.0.1"].map((version) => ({ version, env: {} }));
  const [paths, flags] = [["core/good_test.ts"], ["--no-check"]];
  assert.equal(await project.run({ paths, flags, matrix }), "5 passed, 0 failed");
  assert.match(project.said, /test\/redirect_test\.ts on Open vSwitch 4\.0\.1: 1 passed/);
});

Deno.test("all pass: a line for each file, and the count", async () => {
  await using project = await Project.make();
  await Deno.remove(join(project.root, "test"), { recursive: true });
  assert.equal(await project.run({ flags: ["--no-check"] }), "2 passed, 0 failed");
  assert.match(project.said, /^test: checking types, then 2 files, 2 at a time\n/);
  assert.match(
    project.said,
    /^\[\d\/2\] +[\d.]+ s {2}core\/good_test\.ts: 1 passed, 1 skipped \([\d.]+ s\)$/m,
  );
  assert.match(project.said, /^\[\d\/2\] .* examples in comments and pages: 1 passed/m);
  assert.match(
    project.said,
    /\ntest: 2 files in [\d.]+ s, 1 tests skipped; slowest: .*\ntest: SKIPPED: later\n$/,
  );
});

Deno.test("a failure is shown with what the test printed, and named once more at the end", async () => {
  await using project = await Project.make();
  const paths = ["core/good_test.ts", "test/bad_test.ts", "test/thrown_test.ts"];
  // The step counts, too.
  const flags = ["--no-check"];
  assert.equal(await project.run({ paths, flags }), "2 passed, 3 failed");
  const { said } = project;
  assert.match(said, /^\[\d\/3\] .* FAILED test\/bad_test\.ts: 1 passed, 2 failed/m);
  for (const shown of ["printed by the test", "error: Error: the reason", "before any test"]) {
    assert.ok(said.includes(shown), said);
  }
  assert.ok(!said.includes("it works"));
  const [, end = ""] = said.split("\ntest: 3 files in ");
  assert.match(
    end,
    /^test: FAILED test\/bad_test\.ts: it fails \.\.\. a step => .*bad_test\.ts:5:/m,
  );
  assert.match(end, /^test: FAILED test\/thrown_test\.ts: .*uncaught error/m);
});

Deno.test("a file that hangs is a failure, and a type error is one before anything runs", async () => {
  await using project = await Project.make();
  const [paths, flags] = [["test/inner"], ["--no-check"]];
  assert.equal(await project.run({ paths, flags, timeout: 2000 }), "0 passed, 1 failed");
  assert.match(project.said, /^test: FAILED test\/inner\/slow_test\.ts: .*not within 2 s$/m);
  await Deno.writeTextFile(join(project.root, "core/bad.ts"), `export const x: string = 1;`);
  assert.equal(await project.run({}), "0 passed, 1 failed");
  assert.match(project.said, /TS2322/);
});

Deno.test.each([[undefined], [""], ["<testsuites"]])(
  "a process that says that all is well, with the report %j, is a failure",
  (junit) => {
    const { failed, failures } = outcomeOf({ junit, output: "", code: 0, faults: [] });
    assert.deepEqual([failed, failures], [1, ["it wrote no report of its tests"]]);
  },
);

const EMPTY_FILES: readonly [why: string, text: string][] = [
  ["has no test", "export {};"],
  ["ends before its tests", `Deno.test("one", () => {}); Deno.exit(0);`],
];

Deno.test.each(EMPTY_FILES)("a file that %s is a failure", async (_why, text) => {
  await using project = await Project.make();
  await Deno.writeTextFile(join(project.root, "core/empty_test.ts"), text);
  const paths = ["core/empty_test.ts", "core/good_test.ts"];
  assert.equal(await project.run({ paths, flags: ["--no-check"] }), "1 passed, 1 failed");
  assert.match(project.said, /empty_test\.ts: it has no test, or it ended before its tests$/m);
  const filtered = ["--no-check", "--filter=one"];
  assert.equal(await project.run({ paths, flags: filtered }), "1 passed, 1 failed");
});

Deno.test("a run without any test fails, and a file that has none of a filter does not", async () => {
  await using project = await Project.make();
  await Deno.mkdir(join(project.root, "core/bare"));
  const run = (path: string, filter: string) =>
    project.run({ paths: [path], flags: ["--no-check", `--filter=${filter}`] });
  const chosen = [["core/bare", ""], ["core/example.ts", ""], ["core", "zzzz"]] as const;
  for (const [path, filter] of chosen) {
    assert.equal(await run(path, filter), "0 passed, 1 failed", path);
  }
  assert.match(project.said, /^test: FAILED: there is no test in what was chosen$/m);
  await Deno.writeTextFile(
    join(project.root, "core/other_test.ts"),
    `Deno.test("other", () => {});`,
  );
  assert.equal(await run("core", "other"), "1 passed, 0 failed");
  assert.match(project.said, /core\/good_test\.ts: 0 passed \(/);
  // What is skipped, and says why, is no failure.
  assert.equal(await run("core", "later"), "0 passed, 0 failed");
});

/** A test file that starts a process, and leaves it. */
const leaving = (command: string) => `
  Deno.test({ name: "one", sanitizeOps: false, sanitizeResources: false, fn: async () => {
    const args = ${JSON.stringify(["-c", command])};
    await new Deno.Command("sh", { args, stdout: "inherit", stderr: "inherit" }).output();
  } });`;

const LEAVING_FILES: readonly [what: string, command: string, last: string, said: RegExp][] = [
  [
    "in the background",
    "sleep 1000 &",
    "1 passed, 1 failed",
    /^test: FAILED core\/left_test\.ts: it left a process, which was killed: \d+ sleep 1000$/m,
  ],
  [
    "that ends in time",
    "sleep 0.3 &",
    "1 passed, 0 failed",
    /^test: 1 files/m,
  ],
];

Deno.test.each(LEAVING_FILES)(
  "a file leaves a process %s",
  async (_what, command, last, said) => {
    await using project = await Project.make();
    await Deno.writeTextFile(join(project.root, "core/left_test.ts"), leaving(command));
    const [paths, flags] = [["core/left_test.ts"], ["--no-check"]];
    assert.equal(await project.run({ paths, flags, grace: 1500 }), last);
    assert.match(project.said, said);
    const [, pid] = /killed: (\d+)/.exec(project.said) ?? [];
    if (pid) await assert.rejects(Deno.stat(`/proc/${pid}/exe`), Deno.errors.NotFound);
  },
);

/** A clock of its own, and what was written. */
function displayOf(columns: number | undefined) {
  const state = { now: 0, text: "" };
  const screen: Screen = { columns, write: (text) => void (state.text += text) };
  return { state, display: new Display(screen, 10, () => state.now) };
}

Deno.test("a log hears what is running after 20 s in which nothing was done", () => {
  const { state, display } = displayOf(undefined);
  display.started("test/a_test.ts");
  state.now = 19_000;
  display.tick();
  assert.equal(state.text, "");
  state.now = 21_000;
  display.tick();
  display.tick();
  assert.equal(state.text, "[ 0/10]        21 s  running: test/a_test.ts (21 s)\n");
});

Deno.test("a terminal has one line that is written anew, no longer than it is wide", () => {
  const { state, display } = displayOf(40);
  display.started("test/a_test.ts");
  state.now = 80_000;
  display.tick();
  assert.equal(state.text, "\r\x1b[2K[ 0/10]  1 min 20 s  running: test/a_te");
});

Deno.test.each([[400, "0.4 s"], [9_960, "10 s"], [59_400, "59 s"], [80_000, "1 min 20 s"]])(
  "%d ms are %s",
  (milliseconds, text) => assert.equal(duration(milliseconds), text),
);
