/** `sluice version`: prints the version and the build of this program, and its runtime. @module */
import { Command, Option } from "@commander-js/extra-typings";
import { BUNDLED, COMMIT, VERSION } from "../build.ts";

const FACTS = {
  version: VERSION,
  commit: COMMIT || "unknown",
  form: Deno.build.standalone ? "compiled" : BUNDLED ? "self-extracting" : "source",
  runtime: `Deno ${Deno.version.deno}, V8 ${Deno.version.v8}`,
  platform: `${Deno.build.os} ${Deno.build.arch}`,
};

/** Width of the labels before the values, in characters. */
const LABEL_WIDTH = 10;

export function versionCommand() {
  return new Command("version")
    .description("Print the version, the commit that it was built from, and what runs it.")
    .addOption(
      new Option("-o, --output <format>", "form of the output").choices(["text", "json"])
        .default("text"),
    )
    .action(({ output }) => {
      if (output === "json") return console.log(JSON.stringify(FACTS, undefined, 2));
      for (const [name, value] of Object.entries(FACTS)) {
        console.log(`${`${name}:`.padEnd(LABEL_WIDTH)}${value}`);
      }
    });
}
