import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { circles, floorsOf, graphOf, importsOf, leads, readSources } from "./_imports.ts";
import { HOUSE, type House, type Room } from "./_rooms.ts";
import { problems, roomOf, summary } from "./check_deps.ts";

const GROUND: Room = { path: "core/ground/", purpose: "the ground", imports: [] };
const UPPER: Room = { path: "core/upper/", purpose: "above it", imports: ["core/ground/"] };
const BESIDE: Room = { path: "core/beside/", purpose: "beside it", imports: [] };
const MAIN: Room = { path: "main.ts", purpose: "the top", imports: ["core/*"] };
const EMPTY: House = {
  rooms: [GROUND, BESIDE, UPPER, MAIN],
  exceptions: [],
  unhoused: [],
  long: [],
};

/** Files by path, each with the lines of its text. */
type Files = Readonly<Record<string, readonly string[]>>;

function check(files: Files, house: Partial<House> = {}): string[] {
  const sources = Object.entries(files).map(([path, lines]) => ({ path, text: lines.join("\n") }));
  return problems({ ...EMPTY, ...house }, sources);
}

const importing = (target: string) => [`import { x } from "${target}";`];
const lines = (count: number) => Array.from({ length: count }, (_, i) => `// ${i}`);

const ALLOWED: readonly [name: string, files: Files][] = [
  ["a room below", { "core/upper/a.ts": importing("../ground/b.ts"), "core/ground/b.ts": [] }],
  ["its own room", { "core/ground/a.ts": importing("./b.ts"), "core/ground/b.ts": [] }],
  ["a folder that it names with *", { "main.ts": importing("./core/upper/a.ts") }],
  ["a text of its room", { "core/upper/a.ts": importing("./texts/a.txt") }],
  ["anything, as a test", { "core/ground/a_test.ts": importing("../upper/b.ts") }],
  ["anything, as a test double", { "core/ground/testing/a.ts": importing("../../upper/b.ts") }],
];

Deno.test.each(ALLOWED)("a file may import %s", (_name, files) => {
  assert.deepEqual(check(files), []);
});

const REFUSED: readonly [name: string, files: Files, problem: RegExp][] = [
  [
    "an import of a room that the table does not allow",
    { "core/upper/a.ts": importing("../beside/b.ts") },
    /^core\/upper\/a\.ts must not import core\/beside\/b\.ts: core\/upper\/ may not import/,
  ],
  [
    "an arrow upward",
    { "core/ground/a.ts": importing("../upper/b.ts") },
    /^core\/ground\/a\.ts must not import core\/upper\/b\.ts: an arrow upward/,
  ],
  [
    "an import of a test by product code",
    { "core/ground/a.ts": importing("./testing/double.ts") },
    /product code does not import tests$/,
  ],
  [
    "an import of a file that is in no room",
    { "core/ground/a.ts": importing("../../deploy/texts/a.txt") },
    /^core\/ground\/a\.ts must not import deploy\/texts\/a\.txt: that is in no room$/,
  ],
  [
    "a circle of files, whatever kind of import closes it",
    {
      "core/ground/a.ts": ['export * from "./b.ts";'],
      "core/ground/b.ts": ["import {", "  type C,", '} from "./c.ts";'],
      "core/ground/c.ts": ['export type A = import("./a.ts").A;'],
    },
    /^a circle of files: core\/ground\/a\.ts -> core\/ground\/b\.ts -> core\/ground\/c\.ts -> core\/ground\/a\.ts$/,
  ],
  [
    "a circle of tests",
    { "test/a.ts": importing("./b.ts"), "test/b.ts": importing("./a.ts") },
    /^a circle of files: test\/a\.ts -> test\/b\.ts -> test\/a\.ts$/,
  ],
  [
    "a file in a folder that is in no room",
    { "core/ground/deeper/a.ts": [] },
    /^core\/ground\/deeper\/a\.ts is in no room: core\/ground\/deeper\/ is not in the table$/,
  ],
  ["a file that is too long", { "test/a.ts": lines(301) }, /^test\/a\.ts has 301 lines/],
  ["files that are long on the whole", { "core/ground/a.ts": lines(110) }, /^the median .* 110/],
];

Deno.test.each(REFUSED)("%s is refused, and nothing else is", (_name, files, problem) => {
  const found = check(files);
  assert.equal(found.length, 1, found.join("\n"));
  assert.match(found[0]!, problem);
});

Deno.test("a circle of rooms is refused, also where no two files are in a circle", () => {
  const found = check({
    "core/ground/a.ts": importing("../upper/b.ts"),
    "core/upper/c.ts": importing("../ground/d.ts"),
  });
  assert.deepEqual(found.slice(1), [
    "a circle of rooms: core/ground/ -> core/upper/ -> core/ground/",
  ]);
});

Deno.test("a table in which a room may import one after it is refused", () => {
  assert.deepEqual(check({}, { rooms: [UPPER, GROUND] }), [
    "the table: core/upper/ may import core/ground/, which does not stand before it",
  ]);
});

Deno.test("a known exception is let pass, and refused when nothing needs it", () => {
  const arrow = { from: "core/ground/a.ts", to: "core/upper/b.ts" };
  const upward = { [arrow.from]: importing("../upper/b.ts"), [arrow.to]: [] };
  assert.deepEqual(check(upward, { exceptions: [arrow] }), []);
  const unneeded = ["an exception is not needed any more: core/ground/a.ts -> core/upper/b.ts"];
  assert.deepEqual(check({ [arrow.from]: [] }, { exceptions: [arrow] }), unneeded);

  const closing = { from: "core/ground/b.ts", to: "core/ground/a.ts" };
  const circle = {
    "core/ground/a.ts": importing("./b.ts"),
    "core/ground/b.ts": importing("./a.ts"),
  };
  assert.deepEqual(check(circle, { exceptions: [closing] }), []);
  const allowed = { ...circle, "core/ground/a.ts": [] };
  assert.match(check(allowed, { exceptions: [closing] }).join(), /not needed any more/);
});

Deno.test("a file without a room, and a long one, are let pass by name, until they are neither", () => {
  const files = { "core/lost.ts": importing("./upper/a.ts"), "test/long.ts": lines(301) };
  const lists = { unhoused: ["core/lost.ts"], long: ["test/long.ts"] };
  assert.deepEqual(check(files, lists), []);
  assert.deepEqual(check({ "test/long.ts": lines(300) }, lists), [
    "an exception is not needed any more: core/lost.ts",
    "an exception is not needed any more: test/long.ts",
  ]);
  assert.deepEqual(check({ "core/ground/a.ts": ["// Generated by x", ...lines(400)] }), []);
});

Deno.test("a graph has floors unless it has a circle", () => {
  const arrows = (text: string) => text.split(" ").map(([from, to]) => ({ from: from!, to: to! }));
  const chain = graphOf(arrows("ab bc ac"));
  assert.equal(floorsOf(chain), 3);
  assert.deepEqual(circles(chain), []);
  assert.deepEqual([leads(chain, "a", "c"), leads(chain, "c", "a")], [true, false]);
  const circle = graphOf(arrows("ab bc ca"));
  assert.equal(floorsOf(circle), undefined);
  assert.deepEqual(circles(circle), [["a", "b", "c", "a"]]);
});

Deno.test("imports that are read from text are those that Deno finds", async () => {
  const root = join(import.meta.dirname!, "..");
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "main.ts"],
    cwd: root,
  }).output();
  interface Dependency {
    readonly code?: { readonly specifier?: string };
    readonly type?: { readonly specifier?: string };
  }
  interface Module {
    readonly specifier: string;
    /** What a module imports as text is "external": Deno reads no imports of it. */
    readonly kind: "esm" | "external";
    readonly dependencies?: readonly Dependency[];
  }
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: Module[] };
  const path = (url: string) => relative(root, url.slice("file://".length));
  const local = modules.filter(({ kind, specifier }) =>
    kind === "esm" && /^file:.*\.ts$/.test(specifier)
  );
  const expected = local.map(({ specifier, dependencies = [] }) =>
    [
      path(specifier),
      dependencies.flatMap(({ code, type }) => [code?.specifier, type?.specifier])
        .filter((each) => each?.startsWith("file://"))
        .map((each) => path(each!)),
    ] as const
  );
  assert.ok(expected.length > 200);
  const sources = new Map((await readSources()).map((source) => [source.path, source]));
  for (const [file, targets] of expected) {
    const read = importsOf(sources.get(file)!).map(({ to }) => to);
    assert.deepEqual(read.sort(), [...new Set(targets)].sort(), file);
  }
});

Deno.test("the house of this repository keeps its rules, and says its figures", async () => {
  const sources = await readSources();
  assert.deepEqual(problems(HOUSE, sources), []);
  assert.match(summary(HOUSE, sources), /^\d+ rooms on \d+ floors/);
});

const ROOMS_OF_FILES: readonly [file: string, room: string | undefined][] = [
  ["core/model/model.ts", "core/model/"],
  ["core/base/marks.ts", "core/base/"],
  ["core/model/elsewhere/x.ts", undefined],
  ["core/cli/templates/target.txt", "core/cli/"],
  ["docs/plugins/sluice.d.ts", "docs/plugins/sluice.d.ts"],
  ["deploy/x.ts", undefined],
];

Deno.test.each(ROOMS_OF_FILES)("the room of %s is %s", (file, room) => {
  assert.equal(roomOf(HOUSE.rooms, file)?.path, room);
});
