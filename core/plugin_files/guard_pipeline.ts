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
  const rows = (method: keyof Pipeline, call: () => readonly Row[]) =>
    called({ file, method, problems: (found) => rowsProblems(type, tableBase, found) }, call);
  return {
    tables: { ...pipeline.tables },
    cannot: (treatment) =>
      called(
        { file, method: "cannot", problems: wordsProblems },
        () => pipeline.cannot(treatment),
      ),
    bridge: () => rows("bridge", () => pipeline.bridge()),
    copyPort: (port) => rows("copyPort", () => pipeline.copyPort(port)),
    pair: (pair) => rows("pair", () => pipeline.pair(pair)),
    ...(pipeline.choice && {
      choice: (...given) => rows("choice", () => pipeline.choice!(...given)),
    }),
    treatment: (...given) => rows("treatment", () => pipeline.treatment(...given)),
    podPort: (pod) => rows("podPort", () => pipeline.podPort(pod)),
    ...(pipeline.flood && {
      flood: (...given) => rows("flood", () => pipeline.flood!(...given)),
    }),
    ...(pipeline.vlans && { vlans: (ports) => rows("vlans", () => pipeline.vlans!(ports)) }),
    ...(pipeline.refresh && {
      refresh: (turn) => rows("refresh", () => pipeline.refresh!(turn)),
    }),
    ...(pipeline.learnedPort && {
      learnedPort: (learned) =>
        called(
          { file, method: "learnedPort", problems: oneOf("number", "undefined") },
          () => pipeline.learnedPort!(learned),
        ),
    }),
  };
}

const oneOf = (...types: readonly string[]) => (found: unknown): string[] =>
  types.includes(typeof found) ? [] : [`must return a ${types[0]}: returns ${describe(found)}`];

function wordsProblems(found: unknown): string[] {
  const isRight = Array.isArray(found) && found.every((each) => typeof each === "string");
  return isRight ? [] : [`must return what it cannot do, in words: returns ${describe(found)}`];
}
