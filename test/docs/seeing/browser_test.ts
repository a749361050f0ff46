/** The commands of docs/seeing.md about the browser, and its pictures. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../../lab/paths.ts";
import { commandsOf } from "../pages.ts";

const SECTION = "In the browser";
/** Which test runs each command, or says why none does, and the words of it that do. */
const RUN: Readonly<Record<string, readonly [file: string, words: string]>> = {
  "kubectl -n sluice-system port-forward pod/sluice-agent-xxxxx 10360": [
    "test/kubernetes/page_test.ts",
    '"there is no kubelet"',
  ],
  "curl -N http://127.0.0.1:10360/api/v1/events": ["test/seeing/access_test.ts", '"-N"'],
  "sluice web --kubeconfig ~/.kube/config": [
    "test/kubernetes/web_test.ts",
    'Web.start("--kubeconfig", server.kubeconfig)',
  ],
};

const read = (file: string) => Deno.readTextFile(join(ROOT, file));

Deno.test("every command about the browser is run by a test", async () => {
  const commands = await commandsOf("docs/seeing.md", SECTION);
  assert.deepEqual(commands, Object.keys(RUN));
  for (const [file, words] of Object.values(RUN)) {
    assert.ok((await read(file)).includes(words), `${file} does not have ${words}`);
  }
});

Deno.test("every picture of the page is shown, and every shown one is there", async () => {
  const page = await read("docs/seeing.md");
  const shown = [...page.matchAll(/\]\((seeing\/\w+\.png)\)/g)].map(([, file]) => file!).sort();
  const there = [...Deno.readDirSync(join(ROOT, "docs/seeing"))].map(({ name }) =>
    `seeing/${name}`
  );
  assert.deepEqual(shown, there.filter((file) => file.endsWith(".png")).sort());
});
