/** What scripts/test says when it cannot begin: with an `id` and a Deno that only pretend. */
import assert from "node:assert/strict";
import { join } from "node:path";

const ROOT = join(import.meta.dirname!, "..", "..");

/** Runs scripts/test with these programs before all others, and with a cache of its own. */
async function run(programs: Readonly<Record<string, string>>, more: readonly string[] = []) {
  const folder = await Deno.makeTempDir({ prefix: "slrefusal" });
  const { DENO_VERSION } = await versions();
  const deno = join(folder, `deno-${DENO_VERSION}`);
  try {
    await Deno.mkdir(deno);
    for (const [name, body] of Object.entries(programs)) {
      await Deno.writeTextFile(join(deno, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    }
    const { code, stdout, stderr } = await new Deno.Command(join(ROOT, "scripts/test"), {
      args: ["--quick", ...more, "core/build.ts"],
      env: { SLUICE_CACHE: folder },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The variables of scripts/_env that have plain values. */
async function versions(): Promise<Readonly<Record<string, string>>> {
  const text = await Deno.readTextFile(join(ROOT, "scripts/_env"));
  return Object.fromEntries(
    [...text.matchAll(/^(\w+)=(\S+)$/gm)].map(([, name, value]) => [name, value]),
  );
}

interface Refused {
  readonly when: string;
  readonly programs: Readonly<Record<string, string>>;
  readonly more?: readonly string[];
  readonly said: RegExp;
}

const REFUSED: readonly Refused[] = [
  {
    when: "the user is not root",
    programs: { id: "echo 1000", deno: "exit 3" },
    said: /^test: needs root: /m,
  },
  {
    when: "setup fails",
    programs: { id: "echo 0", deno: "exit 3" },
    said: /^test: scripts\/setup --ovs failed/m,
  },
  {
    when: "there is no such Open vSwitch for tests",
    programs: { id: "echo 0", deno: "exit 0" },
    more: ["--ovs-version", "3.2"],
    said:
      /^openvswitch: there is no version "3\.2" for tests: there are 3\.1, 3\.5, 4\.0\ntest: no /m,
  },
  {
    when: "no version of Open vSwitch is named",
    programs: { id: "echo 0", deno: "exit 0" },
    more: ["--ovs-version="],
    said: /^openvswitch: there is no version "" for tests: there are /m,
  },
];

Deno.test.each(REFUSED)(
  "scripts/test fails, and counts that, when $when",
  async ({ programs, more, said }) => {
    const { code, stdout, stderr } = await run(programs, more);
    assert.deepEqual([code, stdout], [1, "0 passed, 1 failed\n"]);
    assert.match(stderr, said);
  },
);
