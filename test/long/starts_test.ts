/** 1,000 starts of the binary: minutes. test/binary/unpacking_test.ts does the same 25 times. */
import { Built } from "../binary/binary.ts";
import { startOften } from "../binary/starts.ts";

Deno.test("of 1,000 starts each does its work, and nothing is left behind", async () => {
  await using built = await Built.build();
  await startOften(built, built.cache("warm"), 1000);
});
