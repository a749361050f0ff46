/** Which changes of a folder are read at once, and for which the folder is scanned. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Folder as Manifests } from "./_folder.ts";
import { FolderWatcher } from "./_watcher.ts";
import { Folder, pod } from "./testing/follower.ts";

/** Milliseconds that a scan is said to take. */
const SCAN = { duration: 0, files: 0 };
const ATTEMPTS = 5;
/** Milliseconds. A scan would come after fifty minutes. */
const PATIENCE = 20_000;
const never = new AbortController().signal;

const podsOf = ({ objects }: Manifests) =>
  [...objects.get("Pod")!.values()].map(({ key }) => key.name).sort();

Deno.test("only the named files are read, and what they alone do not explain is said", async () => {
  await using folder = await Folder.make();
  await folder.write("a.yaml", pod("a"));
  await folder.write("b.yaml", pod("b"));
  await Deno.mkdir(folder.at("old"));
  await folder.write("old/c.yaml", pod("c"));
  const manifests = new Manifests(folder.path);
  await manifests.read();
  assert.deepEqual(podsOf(manifests), ["a", "b", "c"]);

  await folder.write("a.yaml", pod("a2"));
  await folder.write("b.yaml", pod("b2"));
  await folder.write("new.json", JSON.stringify({ kind: "Pod", metadata: { name: "new" } }));
  await folder.write("notes.txt", pod("notes"));
  await folder.write("broken.yaml", "a: [");
  await folder.write(".hidden.yaml", pod("hidden"));
  await Deno.mkdir(folder.at("sub.yaml"));
  await Deno.symlink(folder.at("a.yaml"), folder.at("link.yaml"));
  await Deno.remove(folder.at("old"), { recursive: true });

  const named = ["a.yaml", "new.json", "notes.txt", "never.yaml"];
  const unclear = ["broken.yaml", ".hidden.yaml", "sub.yaml", "link.yaml", "old", "old/c.yaml"];
  const found = await manifests.readFiles([...named, ...unclear].map((name) => folder.at(name)));
  assert.deepEqual(found.unclear, unclear.map((name) => folder.at(name)));
  assert.deepEqual(podsOf(manifests), ["a2", "b", "c", "new"], "b.yaml is not named");
  await manifests.read();
  assert.deepEqual(podsOf(manifests), ["a2", "b2", "new"]);
});

Deno.test("a file that is closed or moved is whole; other changes ask for a scan", async (t) => {
  await using folder = await Folder.make();
  await folder.write("there.yaml", pod("a"));
  const outside = `${folder.path}.moved`;
  const cases: readonly (readonly [what: string, change: () => Promise<void>, whole: string[]])[] =
    [
      ["a new file", () => folder.write("new.yaml", pod("b")), ["new.yaml"]],
      ["a file written again", () => folder.write("there.yaml", pod("c")), ["there.yaml"]],
      ["a file moved here", async () => {
        await Deno.writeTextFile(outside, pod("d"));
        await Deno.rename(outside, folder.at("moved.yaml"));
      }, ["moved.yaml"]],
      ["a file deleted", () => Deno.remove(folder.at("there.yaml")), []],
      ["its permissions changed", () => Deno.chmod(folder.at("new.yaml"), 0o600), []],
      ["a folder made", () => Deno.mkdir(folder.at("sub")), []],
    ];
  for (const [what, change, whole] of cases) {
    await t.step(what, async () => {
      await using watcher = new FolderWatcher(folder.path);
      const attempt = async () => {
        const changed = watcher.changed(SCAN, never);
        await change();
        return await changed;
      };
      let found = await attempt();
      // On a busy machine a program may wait between its write and its close for longer than a change is waited for.
      for (let more = 0; more < ATTEMPTS && whole.length > 0 && !found; more++) {
        found = await attempt();
      }
      assert.deepEqual(
        found,
        whole.length > 0 ? whole.map((name) => folder.at(name)) : undefined,
      );
    });
  }
});

Deno.test("a file is not whole as long as it is written", async () => {
  await using folder = await Folder.make();
  await folder.write("a.yaml", pod("a"));
  await using watcher = new FolderWatcher(folder.path);
  const file = await Deno.open(folder.at("a.yaml"), { write: true });
  // One event: a second one might come only after the first has settled.
  await file.write(new TextEncoder().encode(pod("b")));
  assert.equal(await watcher.changed(SCAN, never), undefined);
  file.close();
  assert.equal(await watcher.changed(SCAN, never), undefined, "closing alone changes nothing");
  watcher.unclear([folder.at("a.yaml")]);
  assert.equal(await watcher.changed(SCAN, never), undefined, "a scan follows");
});

Deno.test("another folder in the place of the watched one is watched", async () => {
  await using folder = await Folder.make();
  const old = `${folder.path}.old`;
  {
    await using watcher = new FolderWatcher(folder.path);
    await Deno.rename(folder.path, old);
    await Deno.mkdir(folder.path);
    assert.equal(await watcher.changed(SCAN, never), undefined);
    assert.ok(await watcher.isStale());
  }
  await Deno.writeTextFile(join(old, "a.yaml"), pod("a"));
  await using watcher = new FolderWatcher(folder.path);
  // A file that is moved is one event. Between the events of a write there may be any time.
  await Deno.rename(join(old, "a.yaml"), folder.at("a.yaml"));
  assert.deepEqual(await watcher.changed(SCAN, never), [folder.at("a.yaml")]);
  await Deno.remove(old, { recursive: true });
});

Deno.test("a link to another folder is noticed long before the next scan", async () => {
  await using folder = await Folder.make();
  const [one, other, link] = [folder.at("one"), folder.at("other"), folder.at("link")];
  await Promise.all([one, other].map((path) => Deno.mkdir(path)));
  await Deno.symlink(one, link);
  await using watcher = new FolderWatcher(link);
  const patience = AbortSignal.timeout(PATIENCE);
  const changed = watcher.changed({ duration: 0, files: 100_000 }, patience);
  await Deno.symlink(other, `${link}.new`);
  await Deno.rename(`${link}.new`, link);
  assert.equal(await changed, undefined);
  assert.ok(!patience.aborted);
  assert.ok(await watcher.isStale());
});
