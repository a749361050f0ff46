/**
 * Makes the self-extracting file: scripts/_unpack.sh, followed by the runtime and the program.
 *
 *   pack.ts --runtime FILE --bundle FOLDER --flags "..." --platform TEXT --cache FOLDER --output FILE
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { constants, gzipSync } from "node:zlib";

const STUB = join(import.meta.dirname!, "_unpack.sh");
/** Length of the hash that identifies the packed content, in hexadecimal digits. */
const ID_LENGTH = 16;

interface Packed {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

const sha256 = (data: Uint8Array | string) => createHash("sha256").update(data).digest("hex");

/** Compresses by the zlib that is part of Deno, which gives the same bytes on every machine. */
const compress = (data: Uint8Array) => gzipSync(data, { level: constants.Z_BEST_COMPRESSION });

async function pack(name: string, file: string): Promise<Packed> {
  const data = await Deno.readFile(file);
  return { name, sha256: sha256(data), bytes: compress(data) };
}

/** Does the same as `pack`, and keeps the result in the cache: to compress the runtime takes ten seconds. */
async function packOnce(name: string, file: string, cache: string): Promise<Packed> {
  const data = await Deno.readFile(file);
  const digest = sha256(data);
  const cached = join(cache, `${digest.slice(0, ID_LENGTH)}.gz`);
  const known = await Deno.readFile(cached).catch(() => undefined);
  const bytes = known ?? compress(data);
  if (!known) await writeAtomically(cached, bytes);
  return { name, sha256: digest, bytes };
}

async function writeAtomically(file: string, ...parts: readonly Uint8Array[]): Promise<void> {
  const staging = `${file}.${Deno.pid}`;
  using output = await Deno.create(staging);
  for (const part of parts) {
    for (let written = 0; written < part.length;) {
      written += await output.write(part.subarray(written));
    }
  }
  await Deno.rename(staging, file);
}

interface Texts {
  readonly template: string;
  /** Flags of `deno run`. */
  readonly flags: string;
  /** The platform that the runtime is for. */
  readonly platform: string;
}

/** The script, with the names, hashes and positions of the files behind it. */
function stub(files: readonly Packed[], { template, ...texts }: Texts): string {
  let end = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const table = files.map(({ name, sha256, bytes }) => {
    const line = `${name}:${sha256}:${end}:${bytes.length}`;
    end -= bytes.length;
    return line;
  });
  const values: Readonly<Record<string, string>> = {
    ID: sha256(files.map((file) => `${file.name} ${file.sha256}`).join()).slice(0, ID_LENGTH),
    PACKED: table.join("\n"),
    NAMES: files.map(({ name }) => name).join(" "),
    FLAGS: texts.flags,
    PLATFORM: texts.platform,
  };
  return template.replace(/@([A-Z]+)@/g, (_, name) => values[name]!);
}

async function main(): Promise<void> {
  const text = { type: "string", default: "" } as const;
  const { values: { runtime, bundle, cache, output, ...texts } } = parseArgs({
    args: Deno.args,
    options: {
      runtime: text,
      bundle: text,
      flags: text,
      platform: text,
      cache: text,
      output: text,
    },
  });
  const scripts = (await Array.fromAsync(Deno.readDir(bundle))).map(({ name }) => name).sort();
  const files = [
    await packOnce("sluice", runtime, cache),
    ...await Promise.all(scripts.map((name) => pack(basename(name), join(bundle, name)))),
  ];
  const head = stub(files, { template: await Deno.readTextFile(STUB), ...texts });
  await writeAtomically(
    output,
    new TextEncoder().encode(head),
    ...files.map(({ bytes }) => bytes),
  );
}

await main();
