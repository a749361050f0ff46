/**
 * Writes the CycloneDX bill of materials of the image, and a file with all licences. The same image gives the same bytes.
 *
 *   sbom.ts ROOT      ROOT is the image's root file system; the files are written into its /usr/share/doc/sluice
 *
 * @module
 */
import * as Enums from "@cyclonedx/cyclonedx-library/Enums";
import * as Models from "@cyclonedx/cyclonedx-library/Models";
import * as Serialize from "@cyclonedx/cyclonedx-library/Serialize";
import * as Spec from "@cyclonedx/cyclonedx-library/Spec";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { VERSION } from "../core/build.ts";
import { bundledPackages } from "./_bundled.ts";
import { debianPackages } from "./_debian.ts";

const PROJECT = join(import.meta.dirname!, "..");
const RUNTIME = "/usr/lib/sluice/sluice";
const LIBRARIES = /^\/lib(64)?\//;
const DOCUMENTS = "/usr/share/doc/sluice";
const SPECIFICATION = Spec.Spec1dot6;
/** A remark about the runtime. CycloneDX could say it in fields of its own, but this library does not write those. */
const INSIDE_THE_RUNTIME =
  "V8, ICU, SQLite and Rust crates are linked into it; its publisher gives no list of them";

interface Part {
  readonly name: string;
  readonly version: string;
  /** https://github.com/package-url/purl-spec */
  readonly purl: string;
  /** An SPDX identifier or expression. */
  readonly license: string;
  readonly text: string;
  readonly type: Enums.ComponentType;
  readonly hashes?: readonly (readonly [Enums.HashAlgorithm, hex: string])[];
  /** Absolute paths in the image, if the part has files of its own. */
  readonly files?: readonly string[];
  readonly remark?: string;
}

async function filesBelow(root: string, folder = ""): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(root + folder));
  const found = await Promise.all(entries.map(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    return isDirectory ? filesBelow(root, path) : Promise.resolve([path]);
  }));
  return found.flat().sort();
}

const hexOf = (base64: string) => Buffer.from(base64, "base64").toString("hex");

async function sha256(file: string): Promise<string> {
  return createHash("sha256").update(await Deno.readFile(file)).digest("hex");
}

async function packagesOfNpm(): Promise<Part[]> {
  return (await bundledPackages()).map(({ name, version, license, text, sha512 }) => ({
    name,
    version,
    license,
    text,
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    type: Enums.ComponentType.Library,
    hashes: [[Enums.HashAlgorithm["SHA-512"], hexOf(sha512)]],
  }));
}

async function packagesOfDebian(files: readonly string[]): Promise<Part[]> {
  return (await debianPackages(files)).map(({ architecture, ...found }) => ({
    ...found,
    purl: `pkg:deb/debian/${found.name}@${encodeURIComponent(found.version)}?arch=${architecture}`,
    type: Enums.ComponentType.Library,
  }));
}

async function runtime(): Promise<Part> {
  const { deno: version } = Deno.version; // The Deno that runs this script is the one in the image: scripts/_env
  return {
    name: "deno",
    version,
    license: "MIT",
    text: await Deno.readTextFile(join(PROJECT, "deploy/licences/deno.txt")),
    purl: `pkg:github/denoland/deno@v${version}`,
    type: Enums.ComponentType.Platform,
    files: [RUNTIME],
    remark: INSIDE_THE_RUNTIME,
  };
}

async function component(part: Part, root: string): Promise<Models.Component> {
  const { name, version, purl, license, hashes = [], files = [], remark } = part;
  const made = new Models.Component(part.type, name, { version, purl, bomRef: purl });
  made.licenses.add(
    / /.test(license) ? new Models.LicenseExpression(license) : new Models.SpdxLicense(license),
  );
  for (const [algorithm, hex] of hashes) made.hashes.set(algorithm, hex);
  if (remark) made.properties.add(new Models.Property("sluice:inside", remark));
  for (const path of files) {
    const file = new Models.Component(Enums.ComponentType.File, path, { bomRef: path });
    file.hashes.set(Enums.HashAlgorithm["SHA-256"], await sha256(root + path));
    made.components.add(file);
  }
  return made;
}

/** The licences of all parts, each below the name of its part. */
function licences(parts: readonly Part[]): string {
  return parts.map(({ name, version, license, text }) =>
    `${"=".repeat(80)}\n${name} ${version}: ${license}\n${"=".repeat(80)}\n\n${text.trim()}\n`
  ).join("\n");
}

async function main(root: string): Promise<void> {
  const files = await filesBelow(root);
  const own: Part = {
    name: "sluice",
    version: VERSION,
    license: "Apache-2.0",
    text: await Deno.readTextFile(join(PROJECT, "LICENSE")),
    purl: `pkg:generic/sluice@${VERSION}`,
    type: Enums.ComponentType.Application,
    files: files.filter((path) => /\.c?js$|\/page\.|^\/usr\/bin\/sluice$/.test(path)),
  };
  const parts = [
    await runtime(),
    ...await packagesOfDebian(files.filter((path) => LIBRARIES.test(path))),
    ...await packagesOfNpm(),
  ];
  const bom = new Models.Bom();
  bom.metadata.component = await component(own, root);
  for (const part of parts) {
    const made = await component(part, root);
    bom.components.add(made);
    bom.metadata.component.dependencies.add(made.bomRef);
  }
  const serializer = new Serialize.JsonSerializer(
    new Serialize.JSON.Normalize.Factory(SPECIFICATION),
  );
  await Deno.mkdir(root + DOCUMENTS, { recursive: true });
  const text = serializer.serialize(bom, { sortLists: true, space: 2 });
  await Deno.writeTextFile(`${root}${DOCUMENTS}/sbom.cdx.json`, `${text}\n`);
  await Deno.writeTextFile(`${root}${DOCUMENTS}/licences.txt`, licences([own, ...parts]));
}

await main(Deno.args[0]!);
