/** What verdicts on sensors come to, and what an agent that starts reads from the switch. */
import assert from "node:assert/strict";
import { DEFAULT_PROBE, type SensorState } from "../../contracts/mod.ts";
import { Sensors } from "./sensors.ts";

const PAIRS = ["a", "b", "c"].map((name) => ({ target: `${name}-in`, return: `${name}-out` }));
const hop = (count: number, failureMode: "Open" | "Closed") => ({
  pairs: PAIRS.slice(0, count),
  scope: { healthProbe: DEFAULT_PROBE, ...(failureMode === "Open" && { failureMode }) },
});
const OPEN = "open";

/** The states of sensors in a row, each with what they come to: `open`, or the sensors that get nothing. */
const CASES: readonly (readonly [string, "Open" | "Closed", [SensorState[], string][]])[] = [
  ["one sensor", "Open", [
    [["unknown"], OPEN],
    [["up"], ""],
    [["down"], OPEN],
    [["overloaded"], ""],
  ]],
  ["one sensor that fails closed", "Closed", [[["unknown"], ""], [["down"], ""], [["up"], ""]]],
  ["three sensors", "Open", [
    [["unknown", "unknown", "unknown"], OPEN],
    [["unknown", "up", "unknown"], "a-in c-in"],
    [["up", "up", "up"], ""],
    [["up", "down", "up"], "b-in"],
    [["down", "down", "up"], "a-in b-in"],
    [["down", "down", "down"], OPEN],
    [["down", "up", "down"], "a-in c-in"],
  ]],
  ["three sensors that fail closed", "Closed", [
    [["unknown", "unknown", "unknown"], ""],
    [["up", "down", "up"], "b-in"],
    [["down", "down", "down"], ""],
  ]],
];

Deno.test.each(CASES)("%s, %s", (_, failureMode, steps) => {
  const sensors = new Sensors();
  for (const [states, expected] of steps) {
    states.forEach((state, index) =>
      sensors.judge(`${PAIRS[index]!.target} ${PAIRS[index]!.return}`, { state, evidence: "" })
    );
    const { isOpen, down } = sensors.stateOf(hop(states.length, failureMode));
    assert.equal(isOpen ? OPEN : [...down].sort().join(" "), expected, states.join(" "));
  }
});

Deno.test("when the last sensor fails, the empty places stay as they are: only one row changes", () => {
  const sensors = new Sensors();
  const judge = (index: number, state: SensorState) =>
    sensors.judge(`${PAIRS[index]!.target} ${PAIRS[index]!.return}`, { state, evidence: "" });
  [0, 1].forEach((index) => judge(index, "up"));
  sensors.stateOf(hop(2, "Open"));
  judge(0, "down");
  const before = sensors.stateOf(hop(2, "Open"));
  judge(1, "down");
  const { isOpen, down } = sensors.stateOf(hop(2, "Open"));
  assert.deepEqual([isOpen, down], [true, before.down]);
});

Deno.test("what was down before this agent started is down, and what was open stays open", () => {
  const sensors = new Sensors();
  const chosen = hop(2, "Open");
  sensors.adopt(chosen, { isOpen: false, down: new Set(["b-in"]), up: new Set(["a-in"]) });
  assert.deepEqual(PAIRS.slice(0, 2).map((pair) => sensors.verdictOf(pair).state), ["up", "down"]);
  assert.deepEqual([...sensors.stateOf(chosen).down], ["b-in"]);
  const open = new Sensors();
  open.adopt(chosen, { isOpen: true, down: new Set(), up: new Set(["a-in", "b-in"]) });
  assert.equal(open.stateOf(chosen).isOpen, true);
});

Deno.test("a sensor that came while no agent ran gets nothing before it has answered", () => {
  const sensors = new Sensors();
  sensors.adopt(hop(2, "Open"), { isOpen: false, down: new Set(), up: new Set(["a-in"]) });
  assert.deepEqual([...sensors.stateOf(hop(2, "Open")).down], ["b-in"]);
});

Deno.test("flows tell nothing of a redirect of which one sensor is known", () => {
  const sensors = new Sensors();
  sensors.judge("a-in a-out", { state: "down", evidence: "" });
  const flows = { isOpen: false, down: new Set<string>(), up: new Set(["a-in", "b-in"]) };
  sensors.adopt(hop(2, "Open"), flows);
  assert.equal(sensors.stateOf(hop(2, "Open")).isOpen, true);
});

Deno.test("what is known of a sensor is remembered while no Pod uses it", () => {
  const sensors = new Sensors();
  const find = (name: string) => ({ name, ofport: 1 });
  sensors.judge("a-in a-out", { state: "up", evidence: "" });
  sensors.stateOf(hop(1, "Open"));
  assert.equal(sensors.isUsed(hop(1, "Open")), true);
  sensors.probed([], find);
  assert.equal(sensors.isUsed(hop(1, "Open")), false);
  assert.equal(sensors.stateOf(hop(1, "Open")).isOpen, false);
  assert.equal(sensors.probed([hop(1, "Open")], find)[0]!.state, "up");
});

Deno.test("redirects without the fields are not probed", () => {
  const sensors = new Sensors();
  const chosen = { pairs: PAIRS };
  assert.deepEqual(sensors.probed([chosen], (name) => ({ name, ofport: 1 })), []);
  assert.equal(sensors.stateOf(chosen).isOpen, false);
});
