/** The state document on a real file system, also with processes that are killed. */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { eventually } from "../../test/lab/ovs.ts";
import { LIMITS } from "../base/limits.ts";
import { delay } from "../base/timer.ts";
import { type Fields, type Log, NO_LOG } from "../base/log.ts";
import { Remembered } from "./memory_file.ts";

class Folder implements AsyncDisposable {
  readonly warnings: (Fields & { message: string })[] = [];
  readonly log: Log = {
    ...NO_LOG,
    warning: (message, fields) => void this.warnings.push({ message, ...fields }),
  };
  private constructor(readonly path: string) {}

  static async make(): Promise<Folder> {
    return new Folder(await Deno.makeTempDir({ prefix: "slr" }));
  }
  async open(): Promise<Remembered> {
    const remembered = await Remembered.open(this.file, this.log);
    remembered.permit(true);
    return remembered;
  }
  get file(): string {
    return join(this.path, "state", "br0.json");
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

const key = fc.constantFrom("a", "b", "/a folder/ä.yaml", "__proto__", 'Pod/"x"\n');
const part = fc.constantFrom("objects", "source");
const operation = fc.oneof(
  { weight: 6, arbitrary: fc.record({ part, key, value: fc.jsonValue() }) },
  { weight: 2, arbitrary: fc.record({ part, key }) },
  { weight: 1, arbitrary: fc.constant("restart" as const) },
);

Deno.test("after each restart, the document has every value that was set and not deleted", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 40 }), async (operations) => {
      await using folder = await Folder.make();
      const model = new Map<string, string>();
      let remembered = await folder.open();
      const compare = () => {
        const seen = ["objects", "source"].flatMap((part) => {
          const memory = remembered.part(part);
          return memory.keys().map((key) => [`${part} ${key}`, JSON.stringify(memory.get(key))]);
        });
        assert.deepEqual(new Map(seen as [string, string][]), model);
      };
      for (const each of [...operations, "restart" as const]) {
        if (each === "restart") {
          await remembered[Symbol.asyncDispose]();
          remembered = await folder.open();
        } else if ("value" in each) {
          remembered.part(each.part).set(each.key, each.value);
          model.set(`${each.part} ${each.key}`, JSON.stringify(each.value));
        } else {
          remembered.part(each.part).delete(each.key);
          model.delete(`${each.part} ${each.key}`);
        }
        compare();
      }
      await remembered[Symbol.asyncDispose]();
      assert.deepEqual(folder.warnings, []);
    }),
    { numRuns: 50 },
  );
});

/** The count that a killed process has left. Both parts have the same, because the process sets them together. */
function countIn(text: string): number {
  const { parts } = JSON.parse(text);
  assert.equal(parts.one.count, parts.other.count);
  return parts.one.count;
}

const KILLS = 8;
/** Milliseconds after its first write, within which a process is killed. */
const LONGEST_LIFE = 150;

Deno.test(`a process that is killed at any moment leaves a whole document: ${KILLS} times`, async () => {
  await using folder = await Folder.make();
  const count = async () => countIn(await Deno.readTextFile(folder.file));
  let last = -1;
  for (let kill = 0; kill < KILLS; kill++) {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        join(import.meta.dirname!, "testing/remember.ts"),
        folder.file,
      ],
      env: { DENO_NO_UPDATE_CHECK: "1" },
    }).spawn();
    const seen = await eventually("progress", async () => {
      const now = await count().catch((error) => {
        if (error instanceof Deno.errors.NotFound) return last;
        throw error; // the document is not whole
      });
      return now > last && now;
    });
    await delay(Math.random() * LONGEST_LIFE); // the process is killed at a random moment
    child.kill("SIGKILL");
    await child.status;
    last = await count();
    assert.ok(last >= seen);
    await using remembered = await folder.open();
    assert.equal(remembered.part("one").get("count"), last);
  }
  assert.deepEqual(folder.warnings, []);
});

Deno.test("a document that was cut, or has another form, counts as empty and is logged", async () => {
  await using folder = await Folder.make();
  {
    await using remembered = await folder.open();
    remembered.part("source").set("/tc.yaml", [{ line: 1, raw: { kind: "Pod" } }]);
  }
  const text = (await Deno.readTextFile(folder.file)).trimEnd();
  const cuts = Array.from({ length: text.length }, (_, length) => text.slice(0, length));
  const wrong = [
    ...cuts,
    text.replace('"version": 1', '"version": 2'),
    `${text}}`,
    "null",
    "[]",
    '{"version": 1}',
    '{"version": 1, "parts": {"source": []}}',
  ];
  for (const each of wrong) {
    await Deno.writeTextFile(folder.file, each);
    folder.warnings.length = 0;
    await using remembered = await folder.open();
    assert.deepEqual(remembered.part("source").keys(), [], each);
    assert.deepEqual(
      folder.warnings.map(({ message, file }) => [message, file]),
      [["State not read", folder.file]],
      each,
    );
  }
  await using remembered = await folder.open(); // the last open() has replaced the document by a whole one
  assert.deepEqual(remembered.issues, []);
});

Deno.test("only the owner can read the folder and the document; an equal value is not written again", async () => {
  await using folder = await Folder.make();
  const permissions = async (path: string) => (await Deno.stat(path)).mode! & 0o777;
  await using remembered = await folder.open();
  remembered.part("objects").set("a", { b: 1 });
  const written = async () => {
    const text = await Deno.readTextFile(folder.file).catch(() => "");
    return text.includes('{"b":1}') && (await Deno.stat(folder.file)).ino;
  };
  const before = await eventually("the document", written);
  assert.equal(await permissions(join(folder.path, "state")), 0o700);
  assert.equal(await permissions(folder.file), 0o600);
  remembered.part("objects").set("a", { b: 1 });
  remembered.part("objects").delete("b");
  await remembered[Symbol.asyncDispose]();
  assert.equal((await Deno.stat(folder.file)).ino, before);
});

Deno.test("a folder that cannot be written is an issue, is logged once, and is written when it can be", async () => {
  await using folder = await Folder.make();
  const state = join(folder.path, "state");
  await Deno.writeTextFile(state, "a file");
  const remembered = await folder.open();
  folder.warnings.length = 0; // open() has logged that it cannot read there
  await eventually("an issue", () => remembered.issues.length > 0);
  assert.match(remembered.issues[0]!, /state\/br0\.json: cannot be written: .*restart/);
  for (let count = 0; count < 10; count++) remembered.part("objects").set("a", count);
  await Deno.remove(state);
  await remembered[Symbol.asyncDispose](); // writes once more
  assert.deepEqual(remembered.issues, []);
  assert.deepEqual(folder.warnings.map(({ message }) => message), ["State not written"]);
  await using again = await folder.open();
  assert.equal(again.part("objects").get("a"), 9);
});

Deno.test("what is written in a second is limited: after a large write, the next one waits", async () => {
  await using folder = await Folder.make();
  await using remembered = await folder.open();
  const memory = remembered.part("objects");
  const size = LIMITS.stateRate * 2;
  memory.set("a", "x".repeat(size));
  const written = async () => (await Deno.stat(folder.file).catch(() => undefined))?.size ?? 0;
  await eventually("the large value", async () => await written() > size);
  const start = performance.now();
  memory.set("b", "later");
  const text = () => Deno.readTextFile(folder.file);
  await eventually("the next value", async () => (await text()).includes("later"), 10_000);
  assert.ok(performance.now() - start > 1000 * size / LIMITS.stateRate / 2);
});

Deno.test("a state that is too large is not written, and told", async () => {
  await using folder = await Folder.make();
  await using remembered = await folder.open();
  remembered.part("objects").set("a", "x".repeat(LIMITS.stateFile));
  await eventually("the issue", () => /too many characters/.test(remembered.issues.join()), 10_000);
});

Deno.test("without permission nothing is written, also not at the end; with it, all that has changed is", async () => {
  await using folder = await Folder.make();
  const remembered = await Remembered.open(folder.file, folder.log);
  remembered.part("objects").set("a", 1);
  await remembered[Symbol.asyncDispose]();
  await assert.rejects(Deno.stat(folder.file), Deno.errors.NotFound);
  const again = await Remembered.open(folder.file, folder.log);
  again.part("objects").set("a", 2);
  again.permit(true);
  const text = () => Deno.readTextFile(folder.file).catch(() => "");
  await eventually("the value", async () => (await text()).includes('"a": 2'));
  again.permit(false);
  again.part("objects").set("a", 3);
  await again[Symbol.asyncDispose]();
  again.permit(true);
  await using last = await folder.open();
  assert.equal(last.part("objects").get("a"), 2);
});

Deno.test("two that write one document at once never mix it; what an earlier one has left is removed", async () => {
  await using folder = await Folder.make();
  await Deno.mkdir(join(folder.path, "state"));
  const earlier = new Date(Date.now() - 120_000);
  for (const name of [".new", ".earlier.new"]) {
    await Deno.writeTextFile(folder.file + name, "{");
    await Deno.utime(folder.file + name, earlier, earlier);
  }
  await using one = await folder.open();
  await eventually("the first document", () => Deno.stat(folder.file).catch(() => undefined));
  const other = await folder.open();
  const long = "x".repeat(1_000_000);
  for (let count = 0; count < 10; count++) {
    for (const each of [one, other]) each.part("objects").set("a", [count, long]);
    await delay(100); // more than the time in which changes gather
    JSON.parse(await Deno.readTextFile(folder.file));
  }
  await other[Symbol.asyncDispose]();
  await one[Symbol.asyncDispose]();
  assert.deepEqual(folder.warnings, []);
  const files = [...Deno.readDirSync(join(folder.path, "state"))].map(({ name }) => name);
  assert.deepEqual(files, ["br0.json"]);
});
