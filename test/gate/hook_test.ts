/** The hook that `deno task hook` installs, in a temporary clone with the files as they are here. */
import "../lab/environment.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../lab/paths.ts";

const UNFORMATTED = "export   const x=1\n";
const MODULE = "/** For a test. @module */\n";

class Clone implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async make(): Promise<Clone> {
    const clone = new Clone(await Deno.makeTempDir({ prefix: "slhook" }));
    const copy = 'git ls-files -co --exclude-standard | tar -c -T - | tar -x -C "$1"';
    await clone.run("sh", ["-c", copy, "sh", clone.folder], ROOT);
    for (
      const args of [["init", "-q"], ["config", "user.name", "A"], ["config", "user.email", "a@b"]]
    ) {
      await clone.git(...args);
    }
    await clone.git("add", "--all");
    await clone.git("commit", "-qm", "As it is");
    assert.equal((await clone.run(Deno.execPath(), ["task", "hook"])).code, 0);
    return clone;
  }

  write(file: string, text: string): Promise<void> {
    return Deno.writeTextFile(join(this.folder, file), text);
  }
  /** @returns The exit code and what the hook said. */
  commit(...args: string[]) {
    return this.run("git", ["commit", "-qm", "Changed", ...args]);
  }
  async git(...args: string[]): Promise<void> {
    const { code, said } = await this.run("git", args);
    assert.equal(code, 0, said);
  }
  async run(program: string, args: string[], cwd = this.folder) {
    const { code, stdout, stderr } = await new Deno.Command(program, { args, cwd }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, said: text(stdout) + text(stderr) };
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

Deno.test("the hook refuses what is staged and wrong, and takes what is right", async (t) => {
  await using clone = await Clone.make();
  await t.step("a badly formatted file is refused", async () => {
    await clone.write("core/base/new.ts", MODULE + UNFORMATTED);
    await clone.git("add", "core/base/new.ts");
    const { code, said } = await clone.commit();
    assert.equal(code, 1, said);
    assert.match(said, /core\/base\/new\.ts/);
    assert.match(said, /gate: failed: deno fmt --check/);
  });
  await t.step("also when it is mended, but that is not staged", async () => {
    await clone.write("core/base/new.ts", `${MODULE}export const x = 1;\n`);
    assert.equal((await clone.commit()).code, 1);
  });
  await t.step("what is mended and staged is taken, whatever else lies there", async () => {
    await clone.git("add", "core/base/new.ts");
    await clone.write("core/base/other.ts", UNFORMATTED);
    const { code, said } = await clone.commit();
    assert.equal(code, 0, said);
    assert.match(said, /deno task deps +ok/);
  });
  await t.step("a commit of one file by its name looks at this file", async () => {
    await clone.write("core/base/new.ts", MODULE + UNFORMATTED);
    assert.equal((await clone.commit("core/base/new.ts")).code, 1);
  });
  await t.step("nothing of the copies is left", async () => {
    const { said } = await clone.run("git", ["status", "--porcelain"]);
    assert.equal(said, " M core/base/new.ts\n?? core/base/other.ts\n");
  });
});
