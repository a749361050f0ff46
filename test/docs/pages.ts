/** The documents' own commands. @module */
import { join } from "node:path";
import { ROOT } from "../lab/paths.ts";

/** Lines of shell of a page, without comments. @param section Of the one with this head, if not of all. */
export async function commandsOf(page: string, section?: string): Promise<string[]> {
  const whole = await Deno.readTextFile(join(ROOT, page));
  const text = section === undefined
    ? whole
    : whole.split(/^## /m).find((part) => part.startsWith(`${section}\n`))!;
  return [...text.matchAll(/^```sh\n([^]*?)^```/gm)].flatMap(([, block]) =>
    block!.split("\n").map((line) => line.replace(/\s*#.*/, "").trim()).filter((line) =>
      line !== ""
    )
  );
}
