/**
 * The properties that every pipeline must have. Whether its rows treat packets as they should is tested with packets,
 * in `test/`. @module
 */
import type { PipelineType, RealizedTreatment } from "../contracts/mod.ts";
import { kebabCase, type Properties, pure, sentence } from "./properties.ts";

const TABLE_BASES = [100, 200];
const PAIR = { target: 6, return: 7 };
const COPIES = [{ to: [5] }];
const TREATMENT: RealizedTreatment = { id: 1, copies: COPIES, hops: [{ pairs: [PAIR] }] };
const DROP: RealizedTreatment = { id: 2, copies: COPIES, hops: [], drop: true };
const POD_PORT = {
  ofport: 1,
  macs: ["02:00:00:00:00:01"],
  ips: ["192.0.2.1", "2001:db8::1"],
  match: "mac",
  access: false,
  ambiguous: false,
  egress: TREATMENT,
  ingress: TREATMENT,
} as const;

/** The rows that a pipeline of this type writes, for one example of each part. */
function pipelineRows(type: PipelineType, tableBase: number) {
  const pipeline = type.create({ tableBase });
  const rows = [
    pipeline.bridge(),
    pipeline.mirror(5),
    pipeline.pair(PAIR),
    pipeline.treatment("egress", TREATMENT),
    pipeline.treatment("ingress", TREATMENT),
    pipeline.drop("egress", DROP),
    pipeline.drop("ingress", DROP),
    pipeline.podPort(POD_PORT),
  ];
  return { tables: pipeline.tables, rows: rows.flat() };
}

/** For `plugins/pipelines/*.ts`. */
export const pipelineProperties: Properties<PipelineType> = {
  docs: ({ docs }) => sentence(docs),
  name: ({ name }) => kebabCase(name),
  create: (type) =>
    TABLE_BASES.flatMap((base) => {
      const rows = () => String(pipelineRows(type, base).rows.map((row) => Deno.inspect(row)));
      return pure("it", rows);
    }),
  tables: (type) =>
    TABLE_BASES.flatMap((base) => {
      const { tables: { first, count }, rows } = pipelineRows(type, base);
      return rows.filter(({ table }) => table !== 0 && (table < first || table >= first + count))
        .map(({ table }) => `may use table 0 and its own: has a flow in ${table}`);
    }),
};
