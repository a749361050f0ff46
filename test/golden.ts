/**
 * Golden files: what Sluice does and says in one situation, recorded as text in a folder of `test/golden`. With
 * `SLUICE_GOLDEN=write` a run records the folder anew, and git shows what has changed.
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { difference } from "./ownership/snapshot.ts";

export const GOLDEN = join(import.meta.dirname!, "golden");
const WRITE = Deno.env.get("SLUICE_GOLDEN") === "write";
/** So many lines of a difference are shown of each file; git shows all of them after a recording. */
const MOST_SHOWN = 20;

/** Texts by the names of their files. */
export type Texts = Readonly<Record<string, string>>;

/**
 * Compares the texts with the files of the situation's folder, or records them there.
 *
 * @throws {Error} If a text is not what was recorded, or the folder has other files than these.
 */
export async function golden(situation: string, texts: Texts): Promise<void> {
  const folder = join(GOLDEN, situation);
  if (WRITE) return await record(folder, texts);
  const recorded = (await names(folder)).join(" ");
  assert.equal(recorded, Object.keys(texts).sort().join(" "), `the files of ${situation}`);
  const differences: string[] = [];
  for (const [file, text] of Object.entries(texts)) {
    const before = await Deno.readTextFile(join(folder, file));
    if (text !== before) {
      differences.push(describe(`test/golden/${situation}/${file}`, before, text));
    }
  }
  if (differences.length === 0) return;
  throw new Error(
    `${differences.join("\n\n")}\n\nIf this is meant, SLUICE_GOLDEN=write records it.`,
  );
}

/** The sorted names of what a folder has. */
export async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

async function record(folder: string, texts: Texts): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch(() => {}); // the first time there is none
  await Deno.mkdir(folder, { recursive: true });
  for (const [file, text] of Object.entries(texts)) {
    await Deno.writeTextFile(join(folder, file), text);
  }
}

/** The first line that differs, then the lines that only one of the two texts has. */
function describe(file: string, recorded: string, now: string): string {
  const [before, after] = [recorded.split("\n"), now.split("\n")];
  const at = before.findIndex((line, index) => line !== after[index]);
  const first = at < 0 ? before.length : at; // the text goes on where the recorded one ends
  const line = (text: string | undefined) => text ?? "(no more lines)";
  const lines = difference(recorded, now).split("\n").filter((text) => text !== "");
  return [
    `${file} differs from line ${first + 1} on:`,
    `- ${line(before[first])}`,
    `+ ${line(after[first])}`,
    lines.length === 0 ? "Both have the same lines, in another order." : "All that only one has:",
    ...lines.slice(0, MOST_SHOWN),
    ...(lines.length > MOST_SHOWN ? [`... and ${lines.length - MOST_SHOWN} more lines`] : []),
  ].join("\n");
}
