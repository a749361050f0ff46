/** `deno task coverage`: its table, and a run of it on one room. */
import "../lab/environment.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { coverageOf, coverageTable } from "../../scripts/coverage.ts";
import { ROOT, script } from "../lab/paths.ts";

const LCOV = `SF:/here/core/base/log.ts
DA:1,1
BRF:4
BRH:1
LH:10
LF:20
end_of_record
SF:/here/core/base/stream.ts
LH:20
LF:20
end_of_record
SF:/here/core/api.ts
LH:1
LF:1
end_of_record
`;

Deno.test("a room is the sum of its files; what no test loads is counted, too", () => {
  const files = ["core/base/log.ts", "core/base/stream.ts", "core/base/errors.ts", "core/api.ts"];
  assert.equal(
    coverageTable(coverageOf(LCOV, "/here"), files),
    "ROOM        FILES LOADED   LINES   LINES RUN   BRANCHES RUN\n" +
      "core        1 of 1         1       100.0 %     -\n" +
      "core/base   2 of 3         40      75.0 %      25.0 %\n" +
      "all         3 of 4         41      75.6 %      25.0 %\n",
  );
});

Deno.test("scripts/coverage measures what the tests that it is given run", async () => {
  const { code, stdout, stderr } = await new Deno.Command(script("coverage"), {
    args: ["--quick", join(ROOT, "core/base")],
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.equal(code, 0, text + new TextDecoder().decode(stderr));
  assert.match(
    text,
    /^\d+ passed, 0 failed\nROOM +FILES LOADED +LINES +LINES RUN +BRANCHES RUN\n/m,
  );
  assert.match(text, /^core\/base +[1-9]\d* of \d+ +\d+ +[1-9]\d*\.\d % +\d/m);
  assert.match(text, /^core\/cli +0 of \d+ +0 +- +-$/m);
});
