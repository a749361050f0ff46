/** A pipeline that counts what is done for another Pod than the packet's is found out by packets. */
import assert from "node:assert/strict";
import interpose from "../../plugins/pipelines/interpose.ts";
import { match } from "../api.ts";
import type { PipelineType } from "../contracts/mod.ts";
import { pipelineProblems } from "./mod.ts";

/** The number of no port. */
const NOBODY = 99;

/** @param change What is changed of each row that counts for a Pod. */
function countingWrong(change: (counter: number) => object): PipelineType {
  return {
    ...interpose,
    create: (options) => {
      const pipeline = interpose.create(options);
      return {
        ...pipeline,
        podPort: (pod) =>
          pipeline.podPort(pod).map((row) =>
            row.counts ? { ...row, ...change(Number(row.match.reg7!.value)) } : row
          ),
      };
    },
  };
}

Deno.test("packets are counted for the Pod that sends or receives them", () => {
  const nobody = countingWrong((reg7) => ({ match: match({ reg7, in_port: NOBODY }) }));
  assert.match(
    pipelineProblems(nobody).join("\n"),
    /^packets: .* is counted as copied 0 times for a Pod$/m,
  );
});
