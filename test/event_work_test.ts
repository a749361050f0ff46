/** What an event costs does not depend on what else exists: its work is counted, not timed. */
import assert from "node:assert/strict";
import { ROOT } from "./lab/paths.ts";
import { total, V8_FLAGS, type Work } from "./work/counter.ts";

const [FEW, MANY] = [100, 1000];
/** The order of things, and the pieces in which answers come, may make such a difference. */
const CHANCE = 10;

async function workOf(count: number): Promise<Record<string, Work>> {
  const program = new URL("./work/events.ts", import.meta.url).pathname;
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", V8_FLAGS, program, `${count}`],
    cwd: ROOT,
    stderr: "inherit",
  }).output();
  assert.ok(success);
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("an event's work is the same beside 100 and 1,000 Pods and TrafficControls", async (t) => {
  const [few, many] = [await workOf(FEW), await workOf(MANY)];
  for (const [event, work] of Object.entries(few)) {
    await t.step(event, () => {
      assert.ok(total(work) > CHANCE, "something was counted");
      const more = Object.entries(many[event]!).filter(([place, count]) =>
        count > (work[place] ?? 0) + CHANCE
      );
      assert.deepEqual(more, [], "code that ran more often");
    });
  }
});
