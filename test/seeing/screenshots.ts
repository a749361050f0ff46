/** The pictures of docs/seeing.md. With SLUICE_GOLDEN=write, a run of the tests takes them anew. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Tab } from "../lab/browser.ts";
import { ROOT } from "../lab/paths.ts";

const FOLDER = join(ROOT, "docs/seeing");
const WRITE = Deno.env.get("SLUICE_GOLDEN") === "write";
/** Bytes: the repository keeps each version of them. */
const LARGEST = 200_000;
/** Where a PNG has its width: RFC 2083 section 4.1.1. */
const WIDTH_AT = 16;

/** Takes the picture of what the tab shows, or checks that it was taken of a tab of this width. */
export async function picture({ page }: Tab, name: string): Promise<void> {
  const file = join(FOLDER, `${name}.png`);
  if (WRITE) {
    await Deno.mkdir(FOLDER, { recursive: true });
    await Deno.writeFile(file, await page.screenshot());
  }
  const bytes = await Deno.readFile(file);
  assert.equal(new TextDecoder().decode(bytes.subarray(1, 4)), "PNG");
  assert.equal(new DataView(bytes.buffer).getUint32(WIDTH_AT), page.viewport()!.width, name);
  assert.ok(bytes.length < LARGEST, `${name} has ${bytes.length} bytes`);
}
