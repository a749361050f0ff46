/** Run by `remembered_test.ts`, which kills it: counts on from what it remembers, as fast as it is written. @module */
import { delay } from "../../base/backoff.ts";
import { NO_LOG } from "../../base/log.ts";
import { Remembered } from "../memory_file.ts";

const [folder] = Deno.args;
await using remembered = await Remembered.open({
  folder: folder!,
  bridge: "br0",
  source: ["files"],
  log: NO_LOG,
});
const [one, other] = [remembered.part("one"), remembered.part("other")];
for (let count = (one.get("count") as number | undefined) ?? 0;; count++) {
  one.set("count", count);
  other.set("count", count);
  other.set(`filler ${count % 100}`, "x".repeat(count % 10_000));
  await delay(1);
}
