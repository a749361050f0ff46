/** The table of scripts/coverage, made of a report in lcov's form. @module */
import { join, relative } from "node:path";
import { formatTable } from "../core/cli/table.ts";

/** What a report says of one file: how many there are, and how many of them ran. */
interface Coverage {
  readonly lines: Share;
  readonly branches: Share;
}
interface Share {
  readonly found: number;
  readonly hit: number;
}

const NONE: Share = { found: 0, hit: 0 };
/** Folders with what Sluice is made of. */
const ROOTS = ["core", "plugins", "targets"];
const NO_SOURCE = /_test\.ts$|\/testing\/|\.d\.ts$/;

/** Of each file, relative to the root: `SF`, `LF`, `LH`, `BRF` and `BRH` of geninfo(1). */
export function coverageOf(lcov: string, root: string): Map<string, Coverage> {
  const records = lcov.split("end_of_record\n").filter((record) => record.includes("SF:"));
  return new Map(records.map((record) => {
    const value = (key: string) => record.match(new RegExp(`^${key}:(.*)$`, "m"))?.[1] ?? "";
    const share = (found: string, hit: string): Share => ({
      found: Number(value(found)),
      hit: Number(value(hit)),
    });
    const coverage = { lines: share("LF", "LH"), branches: share("BRF", "BRH") };
    return [relative(root, value("SF")), coverage];
  }));
}

/** A room is a folder of `core/` or `plugins/`; `targets/` is one, and so are files that stand in no folder. */
function roomOf(file: string): string {
  const [first, second, third] = file.split("/");
  return third === undefined ? first! : `${first}/${second}`;
}

function sum(shares: readonly Share[]): Share {
  return shares.reduce((one, other) => ({
    found: one.found + other.found,
    hit: one.hit + other.hit,
  }), NONE);
}

function percent({ found, hit }: Share): string {
  return found === 0 ? "-" : `${(100 * hit / found).toFixed(1)} %`;
}

/** @param files All sources: those that no test loads are in no report. */
export function coverageTable(
  covered: ReadonlyMap<string, Coverage>,
  files: readonly string[],
): string {
  const row = (name: string, own: readonly string[]) => {
    const found = own.map((file) => covered.get(file)).filter((each) => each !== undefined);
    const lines = sum(found.map(({ lines }) => lines));
    const counted = `${found.length} of ${own.length}`;
    return [
      name,
      counted,
      `${lines.found}`,
      percent(lines),
      percent(sum(found.map(({ branches }) => branches))),
    ];
  };
  const rooms = Map.groupBy(files, roomOf);
  const rows = [...rooms].toSorted(([one], [other]) => one.localeCompare(other, "en"))
    .map(([room, own]) => row(room, own));
  const heads = ["ROOM", "FILES LOADED", "LINES", "LINES RUN", "BRANCHES RUN"];
  return formatTable(heads, [...rows, row("all", files)]);
}

async function sources(root: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(root, folder))) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await sources(root, path));
    else if (name.endsWith(".ts") && !NO_SOURCE.test(path)) found.push(path);
  }
  return found;
}

if (import.meta.main) {
  const root = join(import.meta.dirname!, "..");
  const covered = coverageOf(await Deno.readTextFile(Deno.args[0]!), root);
  const files = (await Promise.all(ROOTS.map((folder) => sources(root, folder)))).flat();
  console.log(coverageTable(covered, files).trimEnd());
}
