import assert from "node:assert/strict";
import { NO_LOG } from "../base/log.ts";
import { comment } from "../ovsdb/mod.ts";
import { PortRemoval } from "./port_removal.ts";

/** An OVSDB whose commits end when the test says so, and a clock. */
function slow() {
  const commits: PromiseWithResolvers<never[]>[] = [];
  const said: unknown[] = [];
  const scene = { now: 1000 };
  const removal = new PortRemoval({
    now: () => scene.now,
    log: {
      ...NO_LOG,
      info: (_, fields) => void said.push(fields?.port),
      warning: (message, fields) => void said.push([message, fields?.ports, fields?.error]),
    },
    ovsdb: {
      commit: () => {
        commits.push(Promise.withResolvers());
        return commits.at(-1)!.promise;
      },
    },
  });
  return { removal, commits, said, scene };
}

const REMOVE = [comment("remove")];
const NO = new Error("Cannot commit: no");

Deno.test("a removal does not hold up its caller, and only one is under way", async () => {
  const { removal, commits, said } = slow();
  removal.begin(["a"], REMOVE);
  assert.equal(removal.isUnderWay, true);
  removal.begin(["a", "b"], REMOVE);
  assert.equal(commits.length, 1);
  assert.deepEqual(said, []);
  const { end } = removal;
  commits[0]!.resolve([]);
  await end;
  assert.deepEqual([removal.isUnderWay, said, removal.failure], [false, ["a"], undefined]);
  removal.begin(["b"], REMOVE);
  assert.equal(commits.length, 2);
});

Deno.test("a removal that fails is logged once and told until it succeeds, and tried again after pauses", async () => {
  const { removal, commits, said, scene } = slow();
  const fails = async () => {
    removal.begin(["a", "b"], REMOVE);
    const { end } = removal;
    commits.at(-1)!.reject(NO);
    await end;
    const pause = removal.dueAt() - scene.now;
    removal.begin(["a", "b"], REMOVE);
    assert.equal(removal.isUnderWay, false, "not before it is due");
    scene.now = removal.dueAt();
    return pause;
  };
  const pauses = [await fails(), await fails(), await fails()];
  assert.ok(pauses[0]! > 0 && pauses[2]! > pauses[0]!, `${pauses}`);
  assert.deepEqual(said, [["Ports not removed", "a, b", NO.message]]);
  removal.begin(["a", "b"], REMOVE);
  assert.equal(removal.failure?.message, `Cannot remove ports "a, b": ${NO.message}`);
  const { end } = removal;
  commits.at(-1)!.resolve([]);
  await end;
  assert.deepEqual([removal.failure, removal.dueAt()], [undefined, Infinity]);
});

Deno.test("a failure is forgotten when nothing is to be removed any more", async () => {
  const { removal, commits } = slow();
  removal.begin(["a"], REMOVE);
  const { end } = removal;
  commits[0]!.reject(NO);
  await end;
  removal.begin([], []);
  assert.deepEqual([removal.failure, removal.isUnderWay, commits.length], [undefined, false, 1]);
});
