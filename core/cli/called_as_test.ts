import assert from "node:assert/strict";
import { programName } from "./called_as.ts";

const NAMES: readonly [string, string][] = [
  ["/usr/local/bin/kubectl-sluice", "kubectl sluice"],
  ["kubectl-sluice", "kubectl sluice"],
  ["/usr/local/bin/sluice", "sluice"],
  ["/opt/deno", "sluice"],
  ["", "sluice"],
];
Deno.test.each(NAMES)(
  "started as %o, users write %o",
  (file, name) => assert.equal(programName(file), name),
);
