/** Odd files and odd values: the source `files` reads them as kubectl and an API server do. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { index, type Registries } from "../../core/contracts/registry.ts";
import { parseManifest, validateText } from "../../core/objects/manifest.ts";
import { readManifest } from "../../core/objects/manifest_files.ts";
import { KINDS, parseObject } from "../../core/objects/parse.ts";
import type { Kind } from "../../core/contracts/mod.ts";
import { actions, options } from "../../plugins/mod.ts";
import { Folder } from "../../plugins/sources/_folder.ts";
import { targets } from "../../targets/mod.ts";
import { tryRun } from "../lab/run.ts";
import { DIFFERENCES } from "../manifests/corpus/differences.ts";
import { ODD_HEADS } from "../manifests/corpus/heads.ts";
import type { OddFile } from "../manifests/corpus/objects.ts";
import { ODD_SCALARS } from "../manifests/corpus/scalars.ts";
import { ODD_STREAMS } from "../manifests/corpus/streams.ts";
import { ODD_VALUES } from "../manifests/corpus/values.ts";
import { installCRDs } from "./cluster.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { program, SKIPPED } from "./programs.ts";

const withServer = apiServerTests(installCRDs);
const ODD_FILES: readonly OddFile[] = [...ODD_STREAMS, ...ODD_VALUES, ...ODD_HEADS];
const registries: Registries = {
  targets: index("target", targets, ({ kind }) => kind),
  actions: index("action", actions, ({ name }) => name),
  options: index("option", options, ({ field }) => field),
};
/** kubectl processes at one time. */
const PARALLEL = 2;

/** What a reader takes from a file: its objects as texts, in order; nothing if it refuses the file. */
type Taken = readonly string[] | undefined;

/** The parts of an object that say whether it was read as written. The API server adds others. */
function essence(kind: Kind, raw: unknown): string {
  const parsed = parseObject(kind, raw, registries);
  if ("problems" in parsed) return `${kind} ${JSON.stringify(parsed.problems)}`;
  const { key, object } = parsed;
  if (kind === "TrafficControl") {
    const { creationTimestamp: _, generation: __, ...read } = { ...object } as Record<
      string,
      unknown
    >;
    return JSON.stringify([kind, key, sorted(read)]);
  }
  const { labels, annotations = {}, nodeName, hostNetwork } = object as Partial<
    Extract<typeof parsed, { kind: "Pod" }>["object"]
  >;
  const { ["kubectl.kubernetes.io/last-applied-configuration"]: ___, ...kept } = annotations;
  return JSON.stringify([kind, key, sorted({ labels, kept, nodeName, hostNetwork })]);
}

/** The value with the keys of its maps in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map((
      [key, each],
    ) => [key, sorted(each)]),
  );
}

const isRead = (kind: string): kind is Kind => KINDS.some((known) => known === kind);

async function takenByKubectl(server: KubeApiServer, path: string): Promise<Taken> {
  const apply = ["apply", "--dry-run=server", "-f", path, "-o", "json"];
  // With a cache of its own, kubectl asks only once for the server's kinds, which do not change here.
  const env = { KUBECONFIG: server.kubeconfig, HOME: server.dir };
  const { code, stdout, stderr } = await tryRun(program("kubectl"), apply, { env });
  if (/no objects passed/.test(stderr)) return [];
  if (code !== 0) return undefined;
  const answer = JSON.parse(stdout);
  const objects: readonly { readonly kind: string }[] = answer.kind === "List"
    ? answer.items
    : [answer];
  return objects.filter(({ kind }) => isRead(kind)).map((raw) => essence(raw.kind as Kind, raw))
    .sort();
}

async function takenBySluice(folder: string): Promise<Taken> {
  const source = new Folder(folder);
  await source.read();
  if (source.issues.some(({ warning }) => !warning)) return undefined;
  const found = [...source.objects].flatMap(([kind, entries]) =>
    [...entries.values()].map(({ raw }) => ({
      kind,
      raw,
      parsed: parseObject(kind, raw, registries),
    }))
  );
  if (found.some(({ parsed }) => "problems" in parsed && !isOwnProblem(parsed.problems))) {
    return undefined;
  }
  return found.map(({ kind, raw }) => essence(kind, raw)).sort();
}

/** The API server does not know what Sluice's annotations and options mean: they do not make it refuse an object. */
const isOwnProblem = (problems: readonly { readonly path: string }[]) =>
  problems.every(({ path }) => path.startsWith("/metadata/annotations/sluice.dev~1"));

function verdictOf(kubectl: Taken, sluice: Taken): string {
  if (kubectl && !sluice) return "refuses";
  if (!kubectl && sluice) return "takes";
  return JSON.stringify(kubectl) === JSON.stringify(sluice) ? "as kubectl" : "reads other objects";
}

async function judge({ file, content }: OddFile, server: KubeApiServer): Promise<string[]> {
  const folder = await Deno.makeTempDir({ prefix: "sl" });
  const path = join(folder, `${file}.yaml`);
  if (typeof content === "string") await Deno.writeTextFile(path, content);
  else await Deno.writeFile(path, content);
  const [kubectl, sluice] = [await takenByKubectl(server, path), await takenBySluice(folder)];
  const isAgreed = await agrees(path, sluice !== undefined);
  await Deno.remove(folder, { recursive: true });
  const verdict = verdictOf(kubectl, sluice);
  const [expected = "as kubectl"] = DIFFERENCES[file] ?? [];
  return [
    ...(verdict === expected
      ? []
      : [`${file}: ${verdict}, not ${expected}: ${kubectl} and ${sluice}`]),
    ...(isAgreed ? [] : [`${file}: validate says otherwise`]),
  ];
}

/** Whether `sluice validate` finds nothing but other kinds and what concerns only Sluice, or something if it must. */
async function agrees(path: string, isTaken: boolean): Promise<boolean> {
  const read = await readManifest(path);
  if (!("text" in read)) return !isTaken;
  const { problems } = validateText(path, read.text, registries);
  if (!isTaken) return problems.length > 0;
  return problems.every((each) => isOwnProblem([each]) || OTHER_KIND.test(each.message));
}
const OTHER_KIND = /^must be one of .*: is "/;

Deno.test("no odd file stands twice in the corpus, and each difference is that of a file", () => {
  const names = ODD_FILES.map(({ file }) => file);
  assert.deepEqual(names.filter((name, place) => names.indexOf(name) !== place), []);
  assert.deepEqual(Object.keys(DIFFERENCES).filter((name) => !names.includes(name)), []);
});

Deno.test(
  withServer(
    "a folder takes what kubectl takes, and reads the same objects from it",
    async (server) => {
      const wrong: string[] = [];
      const rest = ODD_FILES.values();
      await Promise.all(Array.from({ length: PARALLEL }, async () => {
        for (const file of rest) wrong.push(...await judge(file, server));
      }));
      assert.deepEqual(wrong, []);
    },
  ),
);

const specOf = (scalars: readonly string[]) =>
  `apiVersion: v1\nkind: Odd\nmetadata: {name: odd}\nspec:\n${
    scalars.map((scalar) => `- ${scalar}\n`).join("")
  }`;

/** Reads values as kubectl does before it sends them. It needs no server. */
async function byKubectl(scalars: readonly string[]): Promise<readonly unknown[] | undefined> {
  const patch = ["patch", "--local", "--type=json", "-p", "[]", "-f", "-", "-o", "json"];
  const { code, stdout } = await tryRun(program("kubectl"), patch, { stdin: specOf(scalars) });
  return code === 0 ? JSON.parse(stdout).spec : undefined;
}

function bySluice(scalars: readonly string[]): readonly unknown[] | undefined {
  const { objects: [first], problems } = parseManifest("odd", specOf(scalars));
  return problems.length > 0 ? undefined : (first?.raw as { readonly spec: unknown[] }).spec;
}

Deno.test({
  name: "every scalar has the value that it has for kubectl",
  ignore: SKIPPED,
  fn: async () => {
    const [theirs, ours] = [await byKubectl(ODD_SCALARS), bySluice(ODD_SCALARS)];
    assert.equal(theirs?.length, ODD_SCALARS.length);
    assert.deepEqual(
      ODD_SCALARS.map((scalar, place) => [scalar, ours?.[place]]),
      ODD_SCALARS.map((scalar, place) => [scalar, theirs?.[place]]),
    );
  },
});
