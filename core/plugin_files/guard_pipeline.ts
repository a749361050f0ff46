/** Wraps the pipelines of files: the result of each method is checked before it becomes flows. @module */
import { createdProblems, rowsProblems } from "../conformance/mod.ts";
import type { Pipeline, PipelineType, Row } from "../contracts/mod.ts";
import { describe } from "../objects/validate.ts";
import { called, withoutRejection } from "./guarded_call.ts";

interface Guarded {
  readonly type: PipelineType;
  readonly pipeline: Pipeline;
  readonly file: string;
}

/**
 * The same type with checked methods, which throw only `PluginError`; so do the methods of the pipeline that it
 * creates.
 */
export function guardPipelineType(type: PipelineType, file: string): PipelineType {
  return {
    ...type,
    ...(type.fits && {
      fits: (bridge) =>
        called({ file, method: "fits", problems: oneOf("boolean") }, () => type.fits!(bridge)),
    }),
    create: (options) => {
      let pipeline: Pipeline | undefined;
      const problems = () => createdProblems(type, options.tableBase, pipeline);
      called({ file, method: "create", problems }, () => {
        pipeline = withoutRejection(type.create(options));
      });
      return guardPipeline({ type, pipeline: pipeline!, file }, options.tableBase);
    },
  };
}

function guardPipeline({ type, pipeline, file }: Guarded, tableBase: number): Pipeline {
  const written = ROW_METHODS.filter((method) => pipeline[method] !== undefined)
    .map((method) => {
      const problems = (found: unknown) => rowsProblems(type, tableBase, found);
      const write = pipeline[method] as (...given: unknown[]) => readonly Row[];
      return [
        method,
        (...given: unknown[]) =>
          called({ file, method, problems }, () => write.apply(pipeline, given)),
      ] as const;
    });
  return {
    tables: { ...pipeline.tables },
    cannot: (treatment) =>
      called(
        { file, method: "cannot", problems: wordsProblems },
        () => pipeline.cannot(treatment),
      ),
    ...Object.fromEntries(written) as Pick<Pipeline, RowMethod>,
    ...(pipeline.learnedPort && {
      learnedPort: (learned) =>
        called(
          { file, method: "learnedPort", problems: oneOf("number", "undefined") },
          () => pipeline.learnedPort!(learned),
        ),
    }),
  };
}

type RowMethod = Exclude<keyof Pipeline, "tables" | "cannot" | "learnedPort">;
/** The methods that return rows. The compiler refuses the table if one of them is missing. */
const ROWS: Readonly<Record<RowMethod, true>> = {
  bridge: true,
  copyPort: true,
  pair: true,
  choice: true,
  counter: true,
  leg: true,
  filter: true,
  treatment: true,
  podPort: true,
  flood: true,
  vlans: true,
  refresh: true,
};
const ROW_METHODS = Object.keys(ROWS) as readonly RowMethod[];

const oneOf = (...types: readonly string[]) => (found: unknown): string[] =>
  types.includes(typeof found) ? [] : [`must return a ${types[0]}: returns ${describe(found)}`];

function wordsProblems(found: unknown): string[] {
  const isRight = Array.isArray(found) && found.every((each) => typeof each === "string");
  return isRight ? [] : [`must return what it cannot do, in words: returns ${describe(found)}`];
}
