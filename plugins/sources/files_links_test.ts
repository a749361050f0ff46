/** The files source: links, and of several files the one that counts. */
import { Folder, Follower, pod } from "./testing/follower.ts";

Deno.test("files: links, loops of links, and the files of a mounted ConfigMap", async () => {
  await using folder = await Folder.make();
  await Deno.mkdir(folder.at("..one"));
  await folder.write("..one/a.yaml", pod("one"));
  await Deno.symlink("..one", folder.at("..data"));
  await Deno.symlink("..data/a.yaml", folder.at("a.yaml"));
  await Deno.mkdir(folder.at("sub"));
  await Deno.symlink("..", folder.at("sub/loop"));
  await folder.write("sub/b.yaml", pod("b"));
  await folder.write(".hidden.yaml", pod("hidden"));
  await folder.write("notes.txt", pod("notes"));
  await using seen = new Follower(folder.path, ["Pod"]);
  await seen.untilNames("Pod b", "Pod one");
  await Deno.mkdir(folder.at("..two"));
  await folder.write("..two/a.yaml", pod("two"));
  await Deno.symlink("..two", folder.at("..data_tmp"));
  await Deno.rename(folder.at("..data_tmp"), folder.at("..data"));
  await Deno.remove(folder.at("..one"), { recursive: true });
  await seen.untilNames("Pod b", "Pod two");
});

Deno.test("files: a change behind a link to another folder is found", async () => {
  await using folder = await Folder.make();
  await using elsewhere = await Folder.make();
  await elsewhere.write("a.yaml", pod("web"));
  await Deno.symlink(elsewhere.at("a.yaml"), folder.at("a.yaml"));
  await using seen = new Follower(folder.path, ["Pod"]);
  await seen.untilNames("Pod web");
  await elsewhere.write("a.yaml", pod("db"));
  await seen.untilNames("Pod db");
});

Deno.test("files: of two objects of one name, the one in the first file counts", async () => {
  await using folder = await Folder.make();
  await folder.write("b.yaml", pod("web", "b"));
  await using seen = new Follower(folder.path, ["Pod"]);
  await seen.untilNames("Pod web");
  await folder.write("a.yaml", pod("web", "a"));
  await seen.untilIssue(/b\.yaml:1: Pod "default\/web" stands in .*a\.yaml/);
  const label = () =>
    (seen.objects.get("Pod web") as { metadata: { labels: { app: string } } }).metadata.labels.app;
  await seen.until("label a", () => label() === "a");
  await Deno.remove(folder.at("a.yaml"));
  await seen.until("label b", () => label() === "b");
});
