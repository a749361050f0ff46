import assert from "node:assert/strict";
import { SluiceError } from "../base/errors.ts";
import { OvsdbClient } from "./client.ts";
import { ERROR_CLASSES, OvsdbError, ovsdbError, UnknownDatabaseError } from "./errors.ts";
import { uuid } from "./notation.ts";
import { Server } from "./testing/server.ts";
import { insert, mutate, type Operation, select, wait } from "./transaction.ts";

const DATABASE = "Open_vSwitch";
const NOBODY = "00000000-0000-0000-0000-000000000001";
const NO_TAG = 5000;

const bridge = (name: string) => insert("Bridge", { name }, "same");

/** In the form of the wire: `mutate()` has no multiplication. */
function calculate(mutator: string, value: number): Operation {
  return {
    op: "mutate",
    table: "Open_vSwitch",
    where: [],
    mutations: [["next_cfg", mutator, value]],
  };
}

interface Provoked {
  readonly error: string;
  readonly operations: readonly Operation[];
  /** Which one fails; absent when the commit does. */
  readonly index?: number;
}

const provoked: readonly Provoked[] = [
  {
    error: "constraint violation",
    operations: [select("Port", []), insert("Port", { name: "p", tag: NO_TAG })],
    index: 1,
  },
  {
    error: "referential integrity violation",
    operations: [mutate("Open_vSwitch", [], [["bridges", "insert", uuid(NOBODY)]])],
  },
  {
    error: "timed out",
    operations: [wait("Bridge", [], { until: "==", rows: [{ name: "br9" }] })],
    index: 0,
  },
  { error: "aborted", operations: [{ op: "abort" }], index: 0 },
  { error: "not owner", operations: [{ op: "assert", lock: "nobody_has_it" }], index: 0 },
  { error: "duplicate uuid-name", operations: [bridge("b0"), bridge("b1")], index: 1 },
  { error: "syntax error", operations: [select("Nope", [])], index: 0 },
  { error: "domain error", operations: [calculate("/=", 0)], index: 0 },
  {
    error: "range error",
    operations: [calculate("+=", 2 ** 50), calculate("*=", 2 ** 50)],
    index: 1,
  },
];

Deno.test("A real server's refusals have the class of their error string", async (t) => {
  await using server = await Server.start();
  await using client = await OvsdbClient.connect(server.address);
  for (const { error, operations, index } of provoked) {
    await t.step(error, async () => {
      await assert.rejects(client.transact(DATABASE, operations), (thrown) => {
        assert(thrown instanceof OvsdbError);
        assert.equal(thrown.error, error);
        assert.equal(thrown.constructor, ERROR_CLASSES[error]);
        assert.equal(thrown.index, index);
        assert.equal(thrown.operation, index === undefined ? undefined : operations[index]);
        return true;
      });
    });
  }
  await t.step("unknown database", async () => {
    await assert.rejects(client.transact("Nope", []), UnknownDatabaseError);
  });
  await t.step("unknown column", async () => {
    const unknown = client.transact(DATABASE, [select("Port", [], ["nope"])]);
    await assert.rejects(unknown, OvsdbError);
  });
});

const classes = Object.entries(ERROR_CLASSES).map(([error, type]) => ({ error, type }));

Deno.test.each(classes)("ovsdbError() has a class for $error", ({ error, type }) => {
  const thrown = ovsdbError({ error, details: "why" });
  assert.equal(thrown.constructor, type);
  assert(thrown instanceof SluiceError);
  assert.equal(thrown.details, "why");
  assert(thrown.name !== "OvsdbError" && thrown.message.includes(error));
});

Deno.test.each(["something new", "", "constructor", "toString", "__proto__"])(
  'ovsdbError() takes the unknown string "%s" as an OvsdbError',
  (error) => {
    const thrown = ovsdbError({ error });
    assert.equal(thrown.constructor, OvsdbError);
    assert.equal(thrown.error, error);
  },
);
