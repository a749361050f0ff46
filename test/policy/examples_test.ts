/** The examples of docs/policy.md do what the page says of them, on real packets. */
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "../lab/paths.ts";
import { agrees, into, out, type Said, WEB } from "./cases.ts";
import { type Mirror, PROTOCOLS } from "./oracle.ts";
import type { Sent } from "./packets.ts";
import { PolicyScene } from "./scene.ts";

const TARGET = "ids0";
const UDP = { protocol: PROTOCOLS.UDP } as const;
const ports = (from: number, to: number) => ({ ports: { from, to } });
const [DNS, BACKUP, CLIENT_PORT] = [53, 873, 40_000] as const;

/** The mirror of a page's manifest, for the Pod of these tests. */
async function exampleOf(name: string): Promise<Mirror> {
  const object = parse(await Deno.readTextFile(join(ROOT, "docs", "policy", `${name}.yaml`)));
  const spec = { ...object.spec, appliedTo: { podSelector: { matchLabels: { app: WEB } } } };
  return { ...object, spec };
}

const whole = (...sent: readonly Sent[]): Said =>
  sent.map((each) => [each, { [TARGET]: each.frame.length }]);
const none = (...sent: readonly Sent[]): Said => sent.map((each) => [each, {}]);
const cut = (length: number, ...sent: readonly Sent[]): Said =>
  sent.map((each) => [each, { [TARGET]: length }]);

const EXAMPLES: Readonly<Record<string, () => Said>> = {
  "only-dns": () => [
    ...whole(
      out({ ...UDP, ...ports(CLIENT_PORT, DNS) }),
      into({ ...UDP, ...ports(DNS, CLIENT_PORT) }),
      out({ version: 6, ...ports(DNS, CLIENT_PORT) }),
    ),
    ...none(out({ ...ports(CLIENT_PORT, 443) }), into({ ...UDP, ...ports(CLIENT_PORT, 123) })),
  ],
  "all-but-backups": () => [
    ...none(
      out({ destination: "10.20.30.7", ...ports(CLIENT_PORT, BACKUP) }),
      into({ source: "10.20.30.7", ...ports(BACKUP, CLIENT_PORT) }),
    ),
    ...whole(
      out({ destination: "10.20.30.1", ...ports(CLIENT_PORT, BACKUP) }),
      out({ destination: "10.20.30.7", ...ports(CLIENT_PORT, 443) }),
      out({ destination: "10.20.31.7", ...ports(CLIENT_PORT, BACKUP) }),
    ),
  ],
  "headers-only": () => [
    ...cut(128, out({ length: 900 }), into({ version: 6, length: 1200 })),
    ...whole(out({ length: 100 })),
  ],
};

Deno.test("the examples copy what the page says", async (t) => {
  await using scene = await PolicyScene.start();
  for (const [name, said] of Object.entries(EXAMPLES)) {
    await t.step(name, async () => await agrees(scene, [await exampleOf(name)], said()));
  }
});
