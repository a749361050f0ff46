/** The API server away for a minute. test/kubernetes/faults_test.ts does the same for 20 s. */
import { SKIPPED } from "../kubernetes/programs.ts";
import { outage } from "../kubernetes/outage.ts";

Deno.test({
  name:
    "the API server away for a minute, restarted without its history: the datapath as it was, then what was missed",
  ignore: SKIPPED,
  fn: () => outage(60),
});
