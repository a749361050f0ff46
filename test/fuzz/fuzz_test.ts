/** Each decoder and guard with some inputs. Millions: `deno task fuzz --seed N --minutes M`. */
import assert from "node:assert/strict";
import { CORPUS } from "./corpus.ts";
import { fuzz, inputAt, inputOf, inputText, wrongWith } from "./engine.ts";
import { assertGrowth } from "./growth.ts";
import { minimal } from "./minimal.ts";
import { defineTarget, none, only } from "./target.ts";
import { openTargets } from "./targets.ts";

const SEED = Number(
  Deno.env.get("SLUICE_TEST_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0],
);
/** Inputs for each target; the whole test takes some seconds. */
const INPUTS = 400;

Deno.test(`no decoder and no guard fails in another way than it says, for ${INPUTS} inputs each of seed ${SEED}`, async (t) => {
  await using targets = await openTargets();
  for (const target of targets.all) {
    const inputs = Math.ceil(INPUTS / (target.cost ?? 1));
    await t.step(target.name, async () => {
      const count = await fuzz(target, { seed: SEED, goesOn: (count) => count < inputs });
      assert.equal(count, inputs);
    });
  }
});

Deno.test("inputs that broke something once break nothing any more", async (t) => {
  await using targets = await openTargets();
  for (const { target: name, input, did } of CORPUS) {
    await t.step(`${name}: ${did}`, async () => {
      const target = targets.all.find((each) => each.name === name)!;
      const begin = performance.now();
      assert.equal(await wrongWith(target, inputOf(input)), undefined);
      // The slowest of them took 2.8 s.
      assert.ok(performance.now() - begin < 1000);
    });
  }
});

/** Beside the code are tests of growth for manifests. */
const TESTED_ELSEWHERE = "manifest";

Deno.test("the time of each decoder is in proportion to its input", async (t) => {
  await using targets = await openTargets();
  for (const target of targets.all.filter(({ name }) => name !== TESTED_ELSEWHERE)) {
    for (const [what, make] of Object.entries(target.growths ?? {})) {
      await t.step(
        `${target.name}: ${what}`,
        () => assertGrowth(target, what, make as never).then(() => {}),
      );
    }
  }
});

const broken = defineTarget<string>({
  name: "broken",
  samples: ["an apple and a pear"],
  check: (text) => {
    if (text.includes("pe")) null!["length"];
    if (text.includes("x")) throw new RangeError("Cannot take an x");
  },
  allows: only(RangeError, TypeError),
});

Deno.test("a mistake is found, made as small as it gets, and named with its seed", async () => {
  await assert.rejects(
    fuzz(broken, { seed: 7, goesOn: (count) => count < 100 }),
    /Cannot fuzz "broken" with seed 7: input \d+, at its smallest\n"pe"\ngives TypeError/,
  );
  assert.equal(await wrongWith(broken, "x"), undefined, "an error of an allowed class");
});

Deno.test("an input follows from the seed and its number, and is kept as text", () => {
  const texts = [1, 2].map((seed) => inputText(inputAt(broken, seed, 5)));
  assert.equal(inputText(inputAt(broken, 1, 5)), texts[0]);
  assert.notEqual(texts[0], texts[1]);
  for (const input of [Uint8Array.of(1, 255), "text", { a: [1, null] }]) {
    assert.deepEqual(inputOf(inputText(input)), input);
  }
});

Deno.test("the smallest input of each form is found", async () => {
  const cases = [
    [
      Uint8Array.of(1, 2, 3, 4),
      (input: unknown) => (input as Uint8Array).includes(3),
      Uint8Array.of(3),
    ],
    [{ a: 1, b: [2, 3] }, (input: unknown) => JSON.stringify(input).includes("3"), { b: [3] }],
  ] as const;
  for (const [input, fails, smallest] of cases) {
    assert.deepEqual(await minimal(input, (each) => Promise.resolve(fails(each))), smallest);
  }
});

Deno.test("time that grows with the square of the input is found", async () => {
  const quadratic = defineTarget<string>({
    name: "quadratic",
    samples: [""],
    check: (text) => {
      let sum = 0;
      for (let one = 0; one < text.length; one++) {
        for (let other = 0; other < text.length; other++) sum += one ^ other;
      }
      return sum;
    },
    allows: none,
  });
  await assert.rejects(
    assertGrowth(quadratic, "a text", (size) => "x".repeat(size)),
    /Cannot decode a text for "quadratic" in time/,
  );
});
