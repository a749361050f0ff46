/** Flows of the owner that collide with rows of a port, also with a pipeline that fails. */
import assert from "node:assert/strict";
import interpose from "../../../plugins/pipelines/interpose.ts";
import type { Pipeline } from "../../contracts/mod.ts";
import type { Flow } from "../../openflow/mod.ts";
import { toFlow } from "../flows/mark_rows.ts";
import { usedPipeline } from "../flows/used_pipeline.ts";
import { mirror } from "../testing/fixtures.ts";
import { SmallNode } from "../../report/testing/small_node.ts";
import { FlowCollisions } from "./flow_collisions.ts";

const PORT = { name: "tap0", ofport: 7 };
const whole = interpose.create({ tableBase: 200 });
const failing = (): never => {
  throw new Error("it fails");
};
/** A flow of the owner that collides with the first row of the port in table 0. */
const collidingWith = (rows: readonly Parameters<typeof toFlow>[0][]): Flow[] =>
  rows.filter(({ table }) => table === 0).slice(0, 1).map((row) => ({
    ...toFlow(row),
    cookie: 1n,
  }));

Deno.test.each<[string, Partial<Pipeline>, "copyPort" | "pair", boolean]>([
  ["that is whole", {}, "copyPort", true],
  ["that is whole, of a pair", {}, "pair", true],
  [
    "that fails for a port without a name",
    {
      copyPort: (port) => port.name === "" ? failing() : whole.copyPort(port),
    },
    "copyPort",
    true,
  ],
  ["whose copyPort fails", { copyPort: failing }, "pair", true],
  ["whose pair fails", { pair: failing }, "copyPort", true],
  ["of which both fail", { copyPort: failing, pair: failing }, "copyPort", false],
])(
  "with a pipeline %s, nothing is thrown, and the collision is found if its rows are known",
  (...given) => {
    const [, fault, needed, isKnown] = given;
    const collisions = new FlowCollisions({ ...whole, ...fault });
    const rows = needed === "pair"
      ? whole.pair({ target: PORT, return: PORT })
      : whole.copyPort(PORT);
    const colliding = collidingWith(rows);
    collisions.observe(colliding);
    assert.equal(collisions.collidingFlow(PORT.ofport), isKnown ? colliding[0] : undefined);
    const fails = fault.pair === failing || fault.copyPort === failing;
    assert.equal(collisions.failure?.message, fails ? "it fails" : undefined);
    collisions.usePipeline(whole);
    assert.equal(collisions.failure, undefined);
  },
);

Deno.test("a pipeline that throws while it comes into use changes nothing of the model", () => {
  const node = new SmallNode();
  node.pod("a", "02:00:00:00:00:01");
  node.port("ids0");
  node.control(mirror("t", "1", "ids0"));
  node.round();
  const { model } = node;
  model.flows.applied(model.flows.changes());
  const before = model.pipeline;
  const other = { ...usedPipeline(interpose, 100), type: { ...interpose, name: "other" } };
  Object.defineProperty(other, "tables", { get: failing });
  assert.throws(() => model.usePipeline(other), /it fails/);
  assert.equal(model.pipeline, before);
  node.port("ids1");
  node.round();
  assert.deepEqual([...model.datapath.broken, ...model.flows.changes()], []);
  assert.equal(model.collisions.failure, undefined);
});
