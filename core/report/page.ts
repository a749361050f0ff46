/**
 * The page at `/`. Its files are read when somebody asks for them, and are not kept: no agent needs memory for a page that
 * nobody looks at (docs/decisions/053-the-page.md).
 * @module
 */
import { BUNDLED } from "../build.ts";

interface PageFile {
  readonly name: string;
  readonly type: string;
  readonly encoding?: string;
}

/** The files of the page, by their paths. `scripts/web` makes the script, `scripts/build` lays all beside the program. */
const FILES: Readonly<Record<string, PageFile>> = {
  "/": { name: "page.html", type: "text/html; charset=utf-8" },
  "/page.css": { name: "page.css", type: "text/css; charset=utf-8" },
  "/page.js": { name: "page.js.gz", type: "text/javascript; charset=utf-8", encoding: "gzip" },
};

export const PAGE_PATHS: readonly string[] = Object.keys(FILES);

/**
 * Only the page's own script and style are used, and only this server is asked. No text becomes HTML or a script, even by
 * mistake: Content Security Policy Level 3, and Trusted Types.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const folder = () =>
  BUNDLED ? new URL(".", Deno.mainModule) : new URL("../../web/", import.meta.url);

/** The answer with one of the files. @throws {Deno.errors.NotFound} If the program stands without them. */
export async function pageFile(path: string): Promise<Response> {
  const { name, type, encoding } = FILES[path]!;
  const bytes = await Deno.readFile(new URL(name, folder()));
  return new Response(bytes, {
    headers: {
      "content-type": type,
      "content-security-policy": POLICY,
      ...(encoding && { "content-encoding": encoding }),
    },
  });
}
