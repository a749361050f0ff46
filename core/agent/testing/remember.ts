/**
 * A process that counts up in a state document, from the number that it finds there. `memory_file_test.ts` starts and
 * kills it.
 * @module
 */
import { delay } from "../../base/timer.ts";
import { NO_LOG } from "../../base/log.ts";
import { Remembered } from "../memory_file.ts";

const [file] = Deno.args;
await using remembered = await Remembered.open(file!, NO_LOG);
remembered.permit(true);
const [one, other] = [remembered.part("one"), remembered.part("other")];
for (let count = (one.get("count") as number | undefined) ?? 0;; count++) {
  one.set("count", count);
  other.set("count", count);
  other.set(`filler ${count % 100}`, "x".repeat(count % 10_000));
  await delay(1);
}
