/** A folder of wrong manifests: what `validate` says of it, and what the agent does meanwhile. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { sluice } from "./agent.ts";
import { WRONG_OBJECTS, type WrongFile } from "./wrong_manifests.ts";
import { RIGHT_FILES, WRONG_FILES } from "./wrong_manifests_files.ts";
import { WRONG_PODS } from "./wrong_manifests_pods.ts";
import { WRONG_TARGETS } from "./wrong_manifests_targets.ts";

const WRONG = [...WRONG_OBJECTS, ...WRONG_PODS, ...WRONG_TARGETS, ...WRONG_FILES];
/** Milliseconds for all of them, with the start of the program. */
const SOON = 5000;

async function put(folder: string, name: string, content: WrongFile["content"]): Promise<void> {
  const path = join(folder, name);
  if (typeof content === "function") await content(path);
  else if (typeof content === "string") await Deno.writeTextFile(path, content);
  else await Deno.writeFile(path, content);
}

Deno.test("the table has each file once, and enough of them", () => {
  const names = [...WRONG.map(({ file }) => file), ...RIGHT_FILES.map(([file]) => file)];
  assert.deepEqual(names.filter((name, index) => names.indexOf(name) !== index), []);
  assert.ok(WRONG.length >= 85);
  assert.ok(WRONG.every(({ problems }) => problems.length > 0));
});

Deno.test("validate says everything that is wrong, at its line, in one run, and nothing else", async () => {
  const dir = await Deno.makeTempDir({ prefix: "sl" });
  for (const { file, content } of WRONG) await put(dir, file, content);
  for (const [file, content] of RIGHT_FILES) await put(dir, file, content);
  const start = performance.now();
  const { code, stdout, stderr } = await sluice(undefined, "validate", "-f", dir);
  const took = performance.now() - start;
  const expected = WRONG.flatMap(({ file, problems }) =>
    problems.map((problem) => `${dir}/${file}:${problem.replace("DIR", dir)}`)
  );
  const said = stdout.trimEnd().split("\n");
  assert.deepEqual(said.toSorted(), expected.toSorted(), stderr);
  assert.equal(code, 1);
  assert.ok(took < SOON, `${took} ms`);
  await Deno.remove(dir, { recursive: true });
});
