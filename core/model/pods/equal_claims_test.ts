/** Two Pods of which annotations alone say that they have the same port or the same MAC: the claim that was first counts. */
import assert from "node:assert/strict";
import { Scene } from "../testing/pod_scene.ts";

const [MAC, OTHER] = ["02:00:00:00:00:01", "02:00:00:00:00:02"];
const created = (day: number) => ({ creationTimestamp: `2026-01-0${day}T00:00:00Z` });
const at = (scene: Scene, ...names: readonly string[]) => names.map((name) => scene.at(name));

Deno.test("of two Pods that begin with one MAC, the older has it, whichever is seen first", () => {
  for (const order of [[1, 2], [2, 1]]) {
    const scene = new Scene();
    for (const day of order) {
      scene.port(`p${day}`);
      scene.pod(`pod${day}`, { port: `p${day}`, claimed: MAC }, created(day));
    }
    assert.deepEqual(at(scene, "pod1", "pod2"), [`p1 ${MAC}`, "p2, ClaimRefused?"]);
  }
});

Deno.test("an older Pod that claims the MAC or the port of a younger one later does not get it, nor by a restart", () => {
  const known = new Map<string, string>();
  const tell = (scene: Scene, evil: Record<string, string>) => {
    scene.port("p1");
    scene.port("p2");
    scene.pod("evil", { port: "p1", ...evil }, created(1));
    scene.pod("good", { port: "p2", claimed: MAC }, created(2));
    return at(scene, "evil", "good");
  };
  const scene = new Scene(known);
  assert.deepEqual(tell(scene, { claimed: OTHER }), [`p1 ${OTHER}`, `p2 ${MAC}`]);
  const refused = ["p1, ClaimRefused?", `p2 ${MAC}`];
  assert.deepEqual(tell(scene, { claimed: MAC }), refused);
  assert.deepEqual(tell(new Scene(known), { claimed: MAC }), refused);
  assert.deepEqual(tell(scene, { port: "p2" }), ["ClaimRefused?", `p2 ${MAC}`]);
  assert.deepEqual(tell(new Scene(known), { port: "p2" }), ["ClaimRefused?", `p2 ${MAC}`]);
});

Deno.test("a time in the memory that is none is not used", () => {
  const known = new Map<string, string>();
  const tell = (scene: Scene) => {
    scene.port("p1");
    scene.pod("a", { port: "p1", claimed: MAC }, created(1));
    return scene.at("a");
  };
  tell(new Scene(known));
  known.set("ns/a", known.get("ns/a")!.replace('"place":{', '"place":{"since":"soon",'));
  assert.equal(tell(new Scene(known)), `p1 ${MAC}`);
});

Deno.test("a claim that is refused counts when the first one ends", () => {
  const scene = new Scene();
  scene.port("p1");
  scene.port("p2");
  scene.pod("a", { port: "p1", claimed: MAC }, created(1));
  scene.pod("b", { port: "p2", claimed: MAC }, created(2));
  assert.equal(scene.at("b"), "p2, ClaimRefused?");
  scene.pods.delete("ns/a");
  assert.equal(scene.at("b"), `p2 ${MAC}`);
});

Deno.test("Pods of files, which are the operator's, can share a MAC: they may be in different VLANs", () => {
  const scene = new Scene();
  for (const name of ["p1", "p2", "p3"]) scene.port(name);
  scene.pod("a", { port: "p1", claimed: MAC });
  scene.pod("b", { port: "p2", claimed: MAC });
  scene.pod("c", { port: "p3", claimed: MAC }, created(1));
  assert.deepEqual(at(scene, "a", "b", "c"), [`p1 ${MAC}`, `p2 ${MAC}`, "p3, ClaimRefused?"]);
});

Deno.test("a claim ends when its Pod names another port or is gone, but not when its annotation is removed", () => {
  for (const isFile of [true, false]) {
    const scene = new Scene();
    scene.port("p1");
    scene.port("p2");
    const [older, younger] = isFile ? [{}, {}] : [created(1), created(2)];
    scene.pod("a", { port: "p1", claimed: MAC }, older);
    scene.pod("a", {}, older);
    scene.pod("b", { port: "p1", claimed: OTHER }, younger);
    assert.deepEqual(at(scene, "a", "b"), [`p1 ${MAC}, NoPort?`, "ClaimRefused?"]);
    scene.pod("a", { port: "p2", claimed: MAC }, older);
    assert.deepEqual(at(scene, "a", "b"), [`p2 ${MAC}`, `p1 ${OTHER}`]);
    scene.pod("c", { port: "p2" }, { creationTimestamp: "2100-01-01T00:00:00Z" });
    scene.pod("a", {}, older);
    assert.equal(scene.at("c"), "ClaimRefused?");
    scene.pods.delete("ns/a");
    assert.equal(scene.at("c"), "p2");
  }
});
