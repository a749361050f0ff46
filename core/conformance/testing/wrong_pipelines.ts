/** Right pipelines, and how a fault gets into one. @module */
import { api, type Pipeline, type PipelineType, type Row } from "../../api.ts";
import makeMirrorOnly from "../../../docs/plugins/mirror_only.ts";

/** It does right what it can do: it copies, and neither redirects nor drops. */
export const mirrorOnly = makeMirrorOnly(api as never) as unknown as PipelineType; // the types of plugin files are a copy

export type Change = (right: Pipeline) => Partial<Pipeline>;

export function changed(type: PipelineType, change: Change): PipelineType {
  return {
    ...type,
    create: (options) => {
      const right = type.create(options);
      return { ...right, ...change(right) };
    },
  };
}

export const none = () => [];
export const withoutOutputs = (rows: readonly Row[], keep: number): Row[] =>
  rows.map((row) => {
    let outputs = 0;
    const actions = row.actions.filter(({ type }) => type !== "output" || ++outputs <= keep);
    return { ...row, actions };
  });
export const mapped = (rows: readonly Row[], change: (row: Row) => object): Row[] =>
  rows.map((row) => ({ ...row, ...change(row) }));
export const isHandBack = ({ type, table }: { type: string; table?: number }) =>
  type === "resubmit" && table === 0;
