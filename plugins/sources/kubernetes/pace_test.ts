import assert from "node:assert/strict";
import { NODES, Pace } from "./pace.ts";

const told = (nodes: string, holder = "node1") => ({ holder, annotations: { [NODES]: nodes } });

/** The pace in a cluster of that size, with this lot. */
function paceOf(nodes: number, lot = 0.999): Pace {
  const pace = new Pace(() => {}, () => lot);
  pace.hear(told(`${nodes}`));
  return pace;
}

Deno.test.each([
  [2, { pause: 2000, phase: 210, settle: 5000 }],
  [1000, { pause: 5000, phase: 5195, settle: 8000 }],
  [5000, { pause: 25_000, phase: 25_175, settle: 28_000 }],
])(
  "the pace of %d nodes: each writes within its pause, and the summary waits for it",
  (nodes, expected) => {
    const { pause, settleTime: settle, ...pace } = paceOf(nodes);
    assert.deepEqual(
      { pause, settle },
      { pause: expected.pause, settle: expected.settle },
      `${pace}`,
    );
    const begun = paceOf(nodes);
    assert.equal(Math.round(begun.phase()), Math.max(expected.phase, 3197), "the first write");
    const phase = begun.phase();
    assert.equal(Math.round(phase), expected.phase);
    assert.ok(phase < settle, "a node that is late must have been heard of");
  },
);

Deno.test("whatever the Lease says, the number of nodes is a number", () => {
  const pace = paceOf(7);
  for (const wrong of ["", "many", "-1", "NaN"]) {
    pace.hear(told(wrong));
    assert.ok([0, 7].includes(pace.nodes), wrong);
  }
  pace.hear(told("1e300"));
  assert.equal(pace.nodes, 20_000);
});

Deno.test("an agent that is elected and does not tell the number of nodes is of an earlier version", () => {
  let changes = 0;
  const pace = new Pace(() => changes++);
  const seen = (news: Parameters<Pace["hear"]>[0]) => {
    pace.hear(news);
    return [pace.isLeaderOld, changes];
  };
  assert.deepEqual(seen({ holder: undefined, annotations: undefined }), [false, 0]);
  assert.deepEqual(seen({ holder: "node1", annotations: undefined }), [true, 1]);
  assert.deepEqual(seen({ holder: "node1", annotations: {} }), [true, 1]);
  assert.deepEqual(seen(told("3")), [false, 2]);
});

/** A generator of numbers from 0 to 1 that always gives the same ones: a linear congruential generator. */
function lots(): () => number {
  let state = 1;
  return () => (state = (state * 1664525 + 1013904223) % 2 ** 32) / 2 ** 32;
}

Deno.test("agents that start together are all deputies only until they hear how many they are", () => {
  const pace = new Pace(() => {}, () => 0.5);
  assert.equal(pace.untilLook(), 2000);
  pace.hear(told("1000"));
  assert.equal(pace.untilLook(), 110_000);
});

Deno.test("of few agents each looks at the Lease every two seconds; of many about twenty do, others rarely", () => {
  const few = paceOf(19);
  assert.deepEqual(Array.from({ length: 100 }, () => few.untilLook()), Array(100).fill(2000));
  const random = lots();
  for (const nodes of [1000, 5000]) {
    const agents = Array.from({ length: nodes }, () => {
      const pace = new Pace(() => {}, random);
      pace.hear(told(`${nodes}`));
      return pace;
    });
    const looks = agents.map((agent) => agent.untilLook());
    const deputies = agents.filter((_, index) => looks[index] === 2000);
    assert.ok(deputies.length > 5 && deputies.length < 50, `${deputies.length}`);
    for (const deputy of deputies) {
      const next = Array.from({ length: 29 }, () => deputy.untilLook());
      assert.ok(next.every((pause) => pause === 2000), "long enough to see that a Lease is over");
    }
    const others = looks.filter((pause) => pause !== 2000);
    const perSecond = others.reduce((sum, pause) => sum + 1000 / pause, 0);
    assert.ok(perSecond < 25, `${perSecond} looks in a second`);
  }
});
