/** The files source on real folders with real inotify. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { KINDS } from "../../core/api.ts";
import files from "./files.ts";
import { Folder, Follower, namespace, pod } from "./testing/follower.ts";

Deno.test("files: a snapshot of each kind, then added, changed and deleted objects", async () => {
  await using folder = await Folder.make();
  await folder.write("a.yaml", pod("web") + namespace("prod"));
  await using seen = new Follower(folder.path);
  await seen.until("snapshots", () => seen.snapshots.size === KINDS.length);
  await seen.untilNames("Namespace prod", "Pod web");
  await folder.write("b.yml", pod("db"));
  await folder.write("c.json", JSON.stringify({ kind: "Namespace", metadata: { name: "test" } }));
  await seen.untilNames("Namespace prod", "Namespace test", "Pod db", "Pod web");
  await folder.write("a.yaml", pod("web", "b") + pod("api"));
  await seen.untilNames("Namespace test", "Pod api", "Pod db", "Pod web");
  await Deno.remove(folder.at("b.yml"));
  await seen.untilNames("Namespace test", "Pod api", "Pod web");
  assert.ok([...seen.snapshots.values()].every((count) => count === 1), "one snapshot each");
});

Deno.test("files: an event soon, and only for the object that changed", async () => {
  await using folder = await Folder.make();
  await folder.write("a.yaml", pod("web") + pod("db"));
  await folder.write("b.yaml", pod("api"));
  await using seen = new Follower(folder.path, ["Pod"]);
  await seen.untilNames("Pod api", "Pod db", "Pod web");
  seen.events.length = 0;
  await folder.write("b.yaml", pod("api", "b"));
  const took = await seen.until("event", () => seen.events.length > 0);
  assert.ok(took < 300, `${took} ms`);
  assert.deepEqual(seen.events.map(({ type }) => type), ["set"]);
});

Deno.test("files: asked to give a kind again, the source gives a snapshot of it, and of no other", async () => {
  await using folder = await Folder.make();
  await folder.write("a.yaml", pod("web") + namespace("prod"));
  await using seen = new Follower(folder.path);
  await seen.until("snapshots", () => seen.snapshots.size === KINDS.length);
  seen.source.giveAgain!("Pod");
  await seen.until("another", () => seen.snapshots.get("Pod") === 2);
  await seen.untilNames("Namespace prod", "Pod web");
  assert.equal(seen.snapshots.get("Namespace"), 1);
});

Deno.test("files: a broken, empty or truncated file keeps its last good state and is an issue", async (t) => {
  await using folder = await Folder.make();
  await folder.write("a.yaml", pod("web"));
  await folder.write("b.yaml", namespace("prod"));
  await using seen = new Follower(folder.path);
  await seen.untilNames("Namespace prod", "Pod web");
  const broken: readonly [string, string, RegExp][] = [
    ["emptied", "", /a\.yaml:1: is empty: its objects stay as they were/],
    ["broken", pod("web") + "a: [", /a\.yaml:\d+: .*sequence/],
    ["truncated", "apiVersion: v1\nkind: Pod\n", /a\.yaml:1: is no Kubernetes object/],
    ["binary", "kind: Pod\0", /a\.yaml:1: is not a text file/],
    ["nothing but comments", "# later\n", /a\.yaml:1: is empty: its objects stay as they were/],
    ["key twice", "kind: Pod\nkind: Pod\n", /a\.yaml:2: has the key "kind" twice/],
  ];
  for (const [name, text, issue] of broken) {
    await t.step(name, async () => {
      await folder.write("a.yaml", text);
      await seen.untilIssue(issue);
      assert.deepEqual([...seen.objects.keys()].sort(), ["Namespace prod", "Pod web"]);
    });
  }
  await folder.write("a.yaml", pod("db"));
  await seen.untilNames("Namespace prod", "Pod db");
  await Deno.remove(folder.at("a.yaml"));
  await seen.untilNames("Namespace prod");
  assert.deepEqual(seen.source.issues!(), []);
});

Deno.test("files: a file that is written in pieces is read when it is complete", async () => {
  await using folder = await Folder.make();
  await folder.write("a.yaml", pod("web") + pod("db"));
  await using seen = new Follower(folder.path, ["Pod"]);
  await seen.untilNames("Pod db", "Pod web");
  seen.events.length = 0;
  {
    using file = await Deno.open(folder.at("a.yaml"), { write: true, truncate: true });
    const bytes = new TextEncoder().encode(pod("web", "b") + pod("db"));
    for (let at = 0; at < bytes.length; at += 10) await file.write(bytes.subarray(at, at + 10));
  }
  await seen.until("event", () => seen.events.length > 0);
  assert.deepEqual(seen.events.map(({ type }) => type).filter((type) => type !== "set"), []);
});

Deno.test("files: of a file that is replaced by rename many times, the last version counts", async () => {
  await using folder = await Folder.make();
  await folder.write("a.yaml", pod("p0"));
  await using seen = new Follower(folder.path, ["Pod"]);
  await seen.untilNames("Pod p0");
  for (let count = 1; count <= 50; count++) {
    await folder.write(".a.yaml.new", pod(`p${count}`));
    await Deno.rename(folder.at(".a.yaml.new"), folder.at("a.yaml"));
  }
  await seen.untilNames("Pod p50");
});

Deno.test("files: a missing folder gives no snapshot, and a removed folder deletes no object", async () => {
  await using outer = await Folder.make();
  const path = outer.at("manifests");
  await using seen = new Follower(path, ["Pod"]);
  await seen.untilIssue(/manifests:1: is no folder/);
  assert.equal(seen.events.length, 0);
  await Deno.mkdir(path);
  await Deno.writeTextFile(join(path, "a.yaml"), pod("web"));
  await seen.untilNames("Pod web");
  await Deno.rename(path, outer.at("elsewhere"));
  await seen.untilIssue(/manifests:1: is no folder/);
  assert.deepEqual([...seen.objects.keys()], ["Pod web"]);
  await Deno.mkdir(path);
  await Deno.writeTextFile(join(path, "b.yaml"), pod("db"));
  await seen.untilNames("Pod db");
});

Deno.test("files: objects of other kinds are ignored and named in an issue", async () => {
  await using folder = await Folder.make();
  await folder.write("a.yaml", pod("web") + "kind: Service\nmetadata: {name: web}\n");
  await using seen = new Follower(folder.path);
  await seen.untilNames("Pod web");
  await seen.untilIssue(/a\.yaml:5: kind Service is not one of .*: ignored/);
});

Deno.test("files: the doctor reports an ignored object as a warning and a broken file as a problem", async () => {
  await using folder = await Folder.make();
  await folder.write("a.yaml", pod("web") + "kind: Service\nmetadata: {name: web}\n");
  await folder.write("b.yaml", pod("web"));
  await folder.write("c.yaml", "kind: [");
  const { signal } = new AbortController();
  const found = await files.create({ folder: folder.path }).diagnose!(signal);
  const levels = found.map((
    { level, message },
  ) => [/(?<file>[abc])\.yaml:/.exec(message)?.groups?.file, level]);
  assert.deepEqual(levels.sort(), [["a", "warning"], ["b", "warning"], ["c", "problem"]]);
});

Deno.test("files: the memory keeps broken files, but no deleted files, other folders or other kinds", async () => {
  await using folder = await Folder.make();
  const memory = new Map<string, unknown>();
  const kept = {
    keys: () => [...memory.keys()],
    get: (key: string) => structuredClone(memory.get(key)),
    set: (key: string, value: unknown) => void memory.set(key, value),
    delete: (key: string) => void memory.delete(key),
  };
  const secret = "kind: Secret\nmetadata: {name: s}\n";
  await folder.write("a.yaml", pod("a") + secret);
  for (const name of ["b", "c"]) await folder.write(`${name}.yaml`, pod(name));
  await folder.write("secret.yaml", secret);
  {
    await using seen = new Follower(folder.path, KINDS, kept);
    await seen.untilNames("Pod a", "Pod b", "Pod c");
  }
  assert.deepEqual(
    [...memory.keys()].sort(),
    ["a.yaml", "b.yaml", "c.yaml"].map((name) => folder.at(name)),
  );
  assert.doesNotMatch(JSON.stringify([...memory.values()]), /Secret/);
  memory.set("/elsewhere/a.yaml", memory.get(folder.at("a.yaml")));
  memory.set(folder.at("c.yaml"), [null, 7, {}]); // A user may have edited the memory's file
  for (const name of ["a.yaml", "c.yaml"]) await folder.write(name, "a: [");
  await Deno.remove(folder.at("b.yaml"));
  await folder.write("e.yaml", pod("e"));
  {
    await using seen = new Follower(folder.path, KINDS, kept);
    await seen.untilNames("Pod a", "Pod e");
    for (const name of ["a", "c"]) await seen.untilIssue(new RegExp(`${name}\\.yaml:1: `));
  }
  assert.deepEqual(
    [...memory.keys()].sort(),
    ["a.yaml", "c.yaml", "e.yaml"].map((name) => folder.at(name)),
  );
});
