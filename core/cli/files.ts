/** Reads and checks the manifests, files or folders, that a command is given. @module */
import { manifestFiles, readManifest } from "../objects/manifest_files.ts";
import { sentence } from "../contracts/condition.ts";
import type { Registries } from "../contracts/registry.ts";
import { type ManifestProblem, type Validated, validateText } from "../objects/manifest.ts";
import { printLine } from "./print.ts";

/** Adds the value of an option that may be given more than once. */
export function collect(path: string, before: readonly string[]): readonly string[] {
  return [...before, path];
}

/** Reads and checks all files under the paths. If two objects have one kind and name, the second is a problem. */
export async function validateFiles(
  paths: readonly string[],
  registries: Registries,
): Promise<Validated> {
  const parts: Validated[] = [];
  for (const path of paths) {
    const { files, problems } = await manifestFiles(path);
    parts.push({ objects: [], problems });
    for (const file of files) parts.push(await validateFile(file, registries));
  }
  const objects = parts.flatMap((part) => part.objects);
  return { objects, problems: [...parts.flatMap((part) => part.problems), ...duplicates(objects)] };
}

async function validateFile(file: string, registries: Registries): Promise<Validated> {
  const read = await readManifest(file);
  if ("text" in read) return validateText(file, read.text, registries);
  return { objects: [], problems: [{ file, line: 1, path: "", message: read.message }] };
}

function duplicates(objects: Validated["objects"]): ManifestProblem[] {
  const first = new Map<string, Validated["objects"][number]>();
  return objects.flatMap((object) => {
    const name = [object.kind, object.key.namespace, object.key.name].join(" ");
    const before = first.get(name);
    first.set(name, before ?? object);
    if (!before) return [];
    const message =
      `is there already: ${object.kind} "${object.key.name}" in ${before.file}:${before.line}`;
    return [{ file: object.file, line: object.line, path: "/metadata/name", message }];
  });
}

/** Prints `file:line: path: message` for each problem and each warning. Problems set exit code 1. */
export function reportProblems({ objects, problems }: Validated): void {
  const warnings = objects.flatMap(warningsIn);
  const all = [...problems, ...warnings].sort((one, other) =>
    one.file === other.file ? one.line - other.line : 0
  );
  for (const { file, line, path, message } of all) {
    printLine([`${file}:${line}`, ...(path ? [path] : []), message].join(": "));
  }
  const count = warnings.length > 0 ? `; warnings: ${warnings.length}` : "";
  if (problems.length > 0) Deno.exitCode = 1;
  else printLine(`${objects.length} objects, no problems${count}`);
}

/** Warnings about a TrafficControl. The object is realized all the same. */
function warningsIn(object: Validated["objects"][number]): ManifestProblem[] {
  if (object.kind !== "TrafficControl") return [];
  const { file, remarks, lineOf } = object;
  return remarks.map(({ path, condition }) => ({
    file,
    line: lineOf(path),
    path,
    message: `warning: ${sentence(condition)}`,
  }));
}
