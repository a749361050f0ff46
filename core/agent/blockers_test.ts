import assert from "node:assert/strict";
import { condition } from "../contracts/condition.ts";
import { Cache } from "../ovsdb/mod.ts";
import { type BlockerInputs, blockersOf } from "./blockers.ts";

/** An OVSDB whose only row of table Bridge is `br0`, if it has one. */
function ovsdbWith(bridges: readonly string[], connected = true): BlockerInputs["ovsdb"] {
  const cache = new Cache();
  const rows = bridges.map((name) => [name, { initial: { name, fail_mode: "secure" } }]);
  if (rows.length > 0) cache.apply({ Bridge: Object.fromEntries(rows) });
  return { connected, cache, lock: "held" };
}

const switchGone = condition("Disconnected", "the bridge has closed the connection");
const tableTaken = condition("TableRangeTaken", "a foreign flow is in the way");

type Given = Partial<Pick<BlockerInputs, "ovsdb" | "connection" | "observer">>;

Deno.test.each<[string, Given, readonly string[]]>([
  ["all is well", {}, []],
  ["OVSDB does not answer, whatever else", {
    ovsdb: ovsdbWith([], false),
    connection: { condition: switchGone },
  }, ['OVSDB at "unix:/db.sock" does not answer']],
  ["the bridge does not exist, whatever the switch says", {
    ovsdb: ovsdbWith([]),
    connection: { condition: switchGone },
  }, ['Bridge "br0" does not exist']],
  ["another agent has the lock of the bridge, whatever the switch says", {
    ovsdb: { ...ovsdbWith(["br0"]), lock: "waiting" },
    connection: { condition: switchGone },
  }, ['Bridge "br0" is in the hands of an agent that has not said yet who it is']],
  ["there is no connection to the switch", { connection: { condition: switchGone } }, [
    switchGone.message,
  ]],
  ["a foreign flow is in the way", { observer: { unusable: tableTaken } }, [tableTaken.message]],
  ["both are the case", {
    connection: { condition: switchGone },
    observer: { unusable: tableTaken },
  }, [switchGone.message, tableTaken.message]],
])("the blockers of a bridge when %s", (_, given, messages) => {
  const blockers = blockersOf({
    bridge: "br0",
    holder: "host=h pid=1 since=2026",
    ovsdbAddress: "unix:/db.sock",
    ovsdb: ovsdbWith(["br0"]),
    connection: { condition: undefined },
    observer: { unusable: undefined },
    ...given,
  });
  assert.deepEqual(blockers.map(({ message }) => message), messages);
});
