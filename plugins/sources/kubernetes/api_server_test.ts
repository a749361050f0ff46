import assert from "node:assert/strict";
import { LIMITS, TooLargeError } from "../../../core/api.ts";
import { ApiError, retryAfter, SilentServerError } from "./api_errors.ts";
import { ApiServer } from "./api_server.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const HEADERS: readonly (readonly [header: string | null, milliseconds: number])[] = [
  [null, 0],
  ["", 0],
  ["0", 0],
  ["3", 3000],
  ["86400", LIMITS.retryAfter],
  ["3000000", LIMITS.retryAfter],
  ["9".repeat(400), LIMITS.retryAfter],
  ["-5", 0],
  ["soon", 0],
  ["Thu, 01 Jan 2026 00:00:07 GMT", 7000],
  ["Wed, 31 Dec 2025 23:59:00 GMT", 0],
  ["Fri, 01 Jan 2100 00:00:00 GMT", LIMITS.retryAfter],
];

for (const [header, milliseconds] of HEADERS) {
  Deno.test(`Retry-After ${header?.slice(0, 40)} is a pause of ${milliseconds} ms`, () => {
    assert.equal(retryAfter(header, NOW), milliseconds);
  });
}

/** A client of a server that greets, and answers everything else by `answer`. */
async function withServer(
  answer: () => Response | Promise<Response>,
  test: (server: ApiServer) => Promise<void>,
  { user = { token: "t" }, loginTime }: { user?: object; loginTime?: number } = {},
): Promise<void> {
  const listening = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ url }) => url.endsWith("/livez") ? new Response("ok") : answer(),
  );
  const file = await Deno.makeTempFile();
  try {
    const server = `http://127.0.0.1:${listening.addr.port}`;
    await Deno.writeTextFile(file, JSON.stringify(configOf(server, user)));
    using client = await ApiServer.from(file, { loginTime });
    await test(client);
  } finally {
    await listening.shutdown();
    await Deno.remove(file);
  }
}

const configOf = (server: string, user: object) => ({
  "apiVersion": "v1",
  "kind": "Config",
  "current-context": "c",
  "clusters": [{ name: "c", cluster: { server } }],
  "users": [{ name: "c", user }],
  "contexts": [{ name: "c", context: { cluster: "c", user: "c" } }],
});

/** A body that begins and never goes on. */
const stalled = () => new ReadableStream({ start: (body) => body.enqueue(new Uint8Array([123])) });

Deno.test("a body that does not go on ends the request in its time", () =>
  withServer(() => new Response(stalled()), async (server) => {
    await assert.rejects(server.json("/x", { timeout: 300 }), (error: Error) => {
      assert.ok(error instanceof SilentServerError);
      assert.match(error.message, /^Cannot ask the API server at "http:.*": no answer in time$/);
      return true;
    });
  }));

Deno.test("a body that is too large is not read to its end", () =>
  withServer(() => new Response("1".repeat(LIMITS.apiAnswer + 1)), async (server) => {
    await assert.rejects(server.json("/x"), TooLargeError);
  }));

const ERRORS: readonly (readonly [what: string, body: () => BodyInit, message: RegExp])[] = [
  ["a Status", () => '{"message":"no\\u001b[31m"}', /^Cannot GET \/x: 403 no\\u001b\[31m$/],
  ["a forged line", () => "no\nerror: all lost", /^Cannot GET \/x: 403 no\\u000aerror: all lost$/],
  ["an object as message", () => '{"message":{}}', /^Cannot GET \/x: 403 \[object Object\]$/],
  [
    "a long text",
    () => "x".repeat(LIMITS.serverText + 1),
    /: 403 x{500}\.\.\. \(501 characters\)$/,
  ],
  ["more than is read", () => "x".repeat(LIMITS.apiErrorBody + 1), /: 403 Forbidden$/],
  ["no end", stalled, /: 403 Forbidden$/],
];

for (const [what, body, message] of ERRORS) {
  Deno.test(`an error of the API server is shown harmlessly: ${what}`, () =>
    withServer(
      () => new Response(body(), { status: 403, statusText: "Forbidden" }),
      async (server) => {
        await assert.rejects(server.json("/x"), (error: Error) => {
          assert.ok(error instanceof ApiError);
          assert.match(error.message, message);
          return true;
        });
      },
    ));
}

Deno.test("an exec plugin that takes too long fails requests; its answer is used when it comes", async () => {
  const folder = await Deno.makeTempDir();
  const credential = '{"kind":"ExecCredential","status":{"token":"late"}}';
  const script = `echo >>${folder}/calls; cat ${folder}/gate >&2; printf '${credential}'`;
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "sh",
    args: ["-c", script],
  }; // deno-fmt-ignore
  await new Deno.Command("mkfifo", { args: [`${folder}/gate`] }).output();
  await withServer(() => Response.json({}), async (server) => {
    for (let times = 0; times < 2; times++) {
      await assert.rejects(server.json("/x"), /reading the credentials takes too long$/);
    }
    await Deno.writeTextFile(`${folder}/gate`, "open");
    await server.json("/x");
    assert.equal((await Deno.readTextFile(`${folder}/calls`)).length, 1);
  }, { user: { exec }, loginTime: 1000 });
  await Deno.remove(folder, { recursive: true });
});
