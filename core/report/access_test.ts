import assert from "node:assert/strict";
import { isLoopback, refusal } from "./access.ts";

const TOKEN = "0123456789abcdef";

/** The status of the answer to a client; 0 if it may read. */
async function statusOf(asked: Partial<Parameters<typeof refusal>[0]>): Promise<number> {
  const whole = { path: "/api/v1/state", peer: "127.0.0.1", authorization: null, ...asked };
  return (await refusal(whole))?.status ?? 0;
}

Deno.test.each<[string, boolean]>([
  ["127.0.0.1", true],
  ["127.1.2.3", true],
  ["::1", true],
  ["::ffff:127.0.0.1", true],
  ["10.0.0.1", false],
  ["128.0.0.1", false],
  ["::ffff:10.0.0.1", false],
  ["fe80::1", false],
  ["", false],
])("%s is an address of the node itself: %j", (address, expected) => {
  assert.equal(isLoopback(address), expected);
});

Deno.test.each<[string, string, number]>([
  ["/", "127.0.0.1", 0],
  ["/api/v1/events", "::1", 0],
  ["/api/v1/state", "10.0.0.1", 403],
  ["/api/v1/events", "10.0.0.1", 403],
  ["/", "10.0.0.1", 403],
  ["/page.js", "10.0.0.1", 403],
  ["/healthz", "10.0.0.1", 0],
  ["/readyz", "10.0.0.1", 0],
  ["/metrics", "10.0.0.1", 0],
  ["/metrics/", "10.0.0.1", 403],
])("without a token file, the answer for %s to %s is %d", async (path, peer, status) => {
  assert.equal(await statusOf({ path, peer }), status);
});

Deno.test.each<[string, string | null, number]>([
  ["/api/v1/state", null, 401],
  ["/api/v1/state", `Bearer ${TOKEN}`, 0],
  ["/api/v1/state", `bearer  ${TOKEN}`, 0],
  ["/api/v1/state", `Bearer ${TOKEN}0`, 401],
  ["/api/v1/state", `Bearer ${TOKEN.slice(1)}`, 401],
  ["/api/v1/state", "Bearer ", 401],
  ["/api/v1/state", `Basic ${TOKEN}`, 401],
  ["/api/v1/events", null, 401],
  ["/", null, 0], // it has no data
  ["/page.js", null, 0],
  ["/metrics", null, 0],
  ["/healthz", null, 0],
])(
  "with a token, the answer for %s with %j is %d, whoever asks",
  async (path, authorization, status) => {
    for (const peer of ["127.0.0.1", "10.0.0.1"]) {
      assert.equal(await statusOf({ path, authorization, peer, token: TOKEN }), status, peer);
    }
  },
);

Deno.test("the token is read from its file for each request, and a bad file opens nothing", async () => {
  const tokenFile = await Deno.makeTempFile();
  const asked = { tokenFile, authorization: `Bearer ${TOKEN}` };
  await Deno.writeTextFile(tokenFile, `${TOKEN}\n`);
  assert.equal(await statusOf(asked), 0);
  await Deno.writeTextFile(tokenFile, `${TOKEN}new\n`);
  assert.equal(await statusOf(asked), 401);
  for (
    const [text, problem] of [["", /shorter/], ["short", /shorter/], [
      "a b",
      /more than one line/,
    ]] as const
  ) {
    await Deno.writeTextFile(tokenFile, text);
    await assert.rejects(statusOf({ ...asked, authorization: `Bearer ${text}` }), problem);
  }
  await Deno.remove(tokenFile);
  await assert.rejects(statusOf(asked), /Cannot use token file/);
});
