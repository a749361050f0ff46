/** Completion by real shells: the test types text with tabs, and compares the command line that the shell makes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { sluice } from "../lab/agent.ts";
import { script } from "../lab/paths.ts";
import { run } from "../lab/run.ts";
import { Terminal } from "../lab/terminal.ts";

const ENTER = "\r";

/** Variables that `scripts/sluice` needs, which the shells of this test do not inherit. */
const PLACES = ["HOME", "XDG_CACHE_HOME", "DENO_DIR", "SLUICE_CACHE"].flatMap((name) => {
  const value = Deno.env.get(name);
  return value === undefined ? [] : [`${name}='${value}'`];
});
/** A program `sluice` that answers the shell's requests for completion, and prints the words of other command lines. */
const SHOW = `#!/bin/sh
case $1 in
__complete | completions) ${PLACES.join(" ")} exec '${script("sluice")}' "$@" ;;
esac
printf 'words:'
printf ' <%s>' "$@"
echo
`;

/** A folder in which a shell works, with a program `sluice` and files to complete. */
class Desk implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async create(): Promise<Desk> {
    const folder = await Deno.makeTempDir({ prefix: "slshell" });
    await Deno.writeTextFile(join(folder, "sluice"), SHOW, { mode: 0o755 });
    await Deno.mkdir(join(folder, "manifests"));
    await Deno.writeTextFile(join(folder, "tc.yaml"), "");
    return new Desk(folder);
  }

  get env(): Record<string, string> {
    const { folder } = this;
    const prompts = { PS1: "ready> ", PROMPT: "ready> " };
    // Not /etc/inputrc: keys have their default meaning.
    const keys = { INPUTRC: "/dev/null" };
    return { PATH: `${folder}:${Deno.env.get("PATH")}`, HOME: folder, ...prompts, ...keys };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Text that is typed, and the words of the command line. `FOLDER` is the desk's; slashes at the end are left out. */
const TYPED: Readonly<Record<string, string>> = {
  "sluice plug\tli\t": "<plugin> <list>",
  "sluice --ver\t": "<--version>",
  "sluice agent --sou\tkub\t": "<agent> <--source> <kubernetes>",
  "sluice agent --source=f\t": "<agent> <--source=files>",
  "sluice agent --ovsdb unix:/x --log-l\tde\t": "<agent> <--ovsdb> <unix:/x> <--log-level> <debug>",
  "sluice plugin new act\tDrop --into FOLDER/man\t":
    "<plugin> <new> <action> <Drop> <--into> <FOLDER/manifests>",
  "sluice validate -f FOLDER/t\t": "<validate> <-f> <FOLDER/tc.yaml>",
  "sluice agent --manifests=FOLDER/m\t": "<agent> <--manifests=FOLDER/manifests>",
  "sluice agent --manifests FOLDER/t\t": "<agent> <--manifests> <FOLDER/t>",
};

const SHELLS = {
  bash: { command: "bash --norc --noprofile -i", before: "true" },
  zsh: { command: "zsh -f -i", before: "unsetopt prompt_sp; autoload -U compinit; compinit -D -u" },
} as const;

for (const [shell, { command, before }] of Object.entries(SHELLS)) {
  Deno.test(`${shell} completes commands, flags, their values, files and folders`, async () => {
    await using desk = await Desk.create();
    await using terminal = new Terminal(command, desk.env);
    await terminal.sees(/ready> /);
    await terminal.type(
      `${before}; source <(sluice completions ${shell}); echo is re"ady"${ENTER}`,
    );
    await terminal.sees(/is ready\r?\n/);
    for (const [keys, words] of Object.entries(TYPED)) {
      await terminal.type(keys.replaceAll("FOLDER", desk.folder) + ENTER);
      const seen = await terminal.sees(/words: .*\r?\n/);
      assert.equal(
        seen.trimEnd().replace("words: ", "").replaceAll("/>", ">"),
        words.replaceAll("FOLDER", desk.folder),
        keys,
      );
    }
  });
}

Deno.test("zsh loads the completion from a file in its function path", async () => {
  await using desk = await Desk.create();
  const functions = join(desk.folder, "functions");
  await Deno.mkdir(functions);
  await Deno.writeTextFile(
    join(functions, "_sluice"),
    (await sluice(undefined, "completions", "zsh")).stdout,
  );
  await using terminal = new Terminal("zsh -f -i", desk.env);
  await terminal.sees(/ready> /);
  const before = `fpath=(${functions} $fpath); autoload -U compinit; compinit -D -u`;
  await terminal.type(`unsetopt prompt_sp; ${before}; echo is re"ady"${ENTER}`);
  await terminal.sees(/is ready\r?\n/);
  for (let attempt = 0; attempt < 2; attempt++) { // the first attempt loads the file
    await terminal.type(`sluice plugin ch\t${ENTER}`);
    assert.match(await terminal.sees(/words: .*\r?\n/), /<plugin> <check>/);
  }
});

/** What fish offers for a line, without descriptions. */
const OFFERED: Readonly<Record<string, readonly string[]>> = {
  "sluice pl": ["plan", "plugin"],
  "sluice agent --log-": ["--log-format", "--log-level"],
  "sluice agent --source ": ["files", "kubernetes"],
  "sluice agent --source=k": ["--source=kubernetes"],
  "sluice plan --pipeline ": ["interpose", "ovn"],
  "sluice plugin new ": ["action", "option", "pipeline", "resolver", "target"],
  "sluice plugin new action Drop --i": ["--into"],
  "sluice validate -f FOLDER/t": ["FOLDER/tc.yaml"],
  "sluice agent --manifests=FOLDER/m": ["--manifests=FOLDER/manifests/"],
  "sluice agent --manifests FOLDER/t": [],
  "sluice agent --bridge ": [],
};

Deno.test("fish completes commands, flags, their values, files and folders", async () => {
  await using desk = await Desk.create();
  const here = (text: string) => text.replaceAll("FOLDER", desk.folder);
  const questions = Object.keys(OFFERED).map((line) => `complete -C '${here(line)}'; echo`);
  const script = ["sluice completions fish | source", ...questions].join("; echo '==='; ");
  const stdout = await run("fish", ["--no-config", "-c", script], { env: desk.env });
  const answers = stdout.split("===\n").slice(1).map((answer) =>
    answer.split("\n").filter((line) => line !== "").map((line) => line.replace(/\t.*/, ""))
  );
  const offered = Object.values(OFFERED);
  assert.deepEqual(answers, offered.map((values) => values.map(here)));
});

Deno.test("__complete offers no hidden command, and no option that was given already", async () => {
  const ask = async (...words: string[]) => {
    const { code, stdout, stderr } = await sluice(undefined, "__complete", "--", ...words);
    assert.equal(code, 0, stderr);
    const lines = stdout.trim().split("\n");
    return { values: lines.slice(0, -1).map((line) => line.split("\t")[0]), last: lines.at(-1) };
  };
  const commands = await ask("");
  assert.ok(commands.values.includes("agent") && !commands.values.includes("__complete"));
  assert.deepEqual((await ask("plugin", "")).values, ["check", "new", "list", "help"]);
  const flags = (await ask("plan", "-f", "x", "--node", "n", "--")).values;
  assert.ok(flags.includes("--file") && flags.includes("--bridge") && !flags.includes("--node"));
  assert.deepEqual(await ask("validate", "--", "--"), { values: [], last: ":4" });
  assert.deepEqual(await ask("nonsense", "more", ""), { values: [], last: ":4" });
});
