/** `deno task bench`: how Sluice compares with the tools of Open vSwitch and with its own goals, in one run. @module */
import { parseArgs } from "node:util";
import { merge, readResults, thisMachine, toResult, writeResults } from "./results.ts";
import { formatMeasured, type Measured, type Row } from "./row.ts";
import { ROWS } from "./rows/mod.ts";

const { values, positionals } = parseArgs({
  options: { runs: { type: "string", default: "20" }, save: { type: "boolean", default: false } },
  allowPositionals: true,
  strict: false, // what is wrong is said below, in a line
});
const unknown = Object.keys(values).find((name) => name !== "runs" && name !== "save");
if (unknown !== undefined) {
  console.error(`Cannot use option "--${unknown}": there are --runs N, --save and --help`);
  Deno.exit(1);
}
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) {
  console.error(`Cannot measure "${values.runs}" times: give --runs a whole number from 1`);
  Deno.exit(1);
}
const chosen = ROWS.filter(({ name }) =>
  positionals.length === 0 || positionals.some((word) => name.includes(word))
);
if (chosen.length === 0) {
  console.error(`Cannot measure "${positionals.join(" ")}": no row has that in its name:`);
  console.error(ROWS.map(({ name }) => `  ${name}`).join("\n"));
  Deno.exit(1);
}
for (const row of chosen.filter(({ isSkipped }) => !isSkipped)) {
  const measured = await row.measure(runs);
  console.log(formatMeasured(row, measured));
  if (values.save) await save(row, measured);
}

/** Saves each row at once: a bench that is ended early keeps what it has. */
async function save(row: Row, measured: Measured): Promise<void> {
  const now = { machine: await thisMachine(), rows: [toResult(row, measured)] };
  await writeResults(merge(await readResults(), now, ROWS));
}
