import assert from "node:assert/strict";
import type { Log } from "../base/log.ts";
import { NO_LOG } from "../base/log.ts";
import { comment } from "../ovsdb/mod.ts";
import { PortRemoval } from "./port_removal.ts";

/** An OVSDB whose commits end when the test says so. */
function slow() {
  const commits: PromiseWithResolvers<never[]>[] = [];
  const removed: unknown[] = [];
  const log: Log = { ...NO_LOG, info: (_, fields) => void removed.push(fields?.port) };
  const removal = new PortRemoval({
    log,
    ovsdb: {
      commit: () => {
        commits.push(Promise.withResolvers());
        return commits.at(-1)!.promise;
      },
    },
  });
  return { removal, commits, removed };
}

const REMOVE = [comment("remove")];

Deno.test("a removal does not hold up its caller, and only one is under way", async () => {
  const { removal, commits, removed } = slow();
  removal.begin(["a"], REMOVE);
  assert.equal(removal.isUnderWay, true);
  removal.begin(["a", "b"], REMOVE);
  assert.equal(commits.length, 1);
  assert.deepEqual(removed, []);
  commits[0]!.resolve([]);
  await removal.ended();
  assert.deepEqual([removal.isUnderWay, removed], [false, ["a"]]);
  removal.begin(["b"], REMOVE);
  assert.equal(commits.length, 2);
});

Deno.test("a removal that fails is told once by the next call, and can be tried again", async () => {
  const { removal, commits, removed } = slow();
  removal.begin(["a"], REMOVE);
  commits[0]!.reject(new Error("Cannot commit: no"));
  await removal.ended();
  assert.throws(() => removal.begin(["a"], REMOVE), /Cannot commit: no/);
  removal.begin(["a"], REMOVE);
  assert.deepEqual([commits.length, removed], [2, []]);
});

Deno.test("without ports to remove, nothing is begun", () => {
  const { removal, commits } = slow();
  removal.begin([], []);
  assert.deepEqual([commits.length, removal.isUnderWay], [0, false]);
});
