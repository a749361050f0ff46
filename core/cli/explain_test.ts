/** `sluice explain` and programs at the agent's address: what it asks for, and how it ends. */
import "../../test/lab/environment.ts";
import assert from "node:assert/strict";
import { SluiceError } from "../base/errors.ts";
import { explainCommand } from "./explain.ts";

/** Runs the command against a server with these answers. @returns The paths that were asked for, and the error. */
async function explained(object: string, answer: () => Response) {
  const asked: string[] = [];
  const handler = ({ url }: Request) => {
    const { pathname, search } = new URL(url);
    asked.push(pathname + search);
    return answer();
  };
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  const args = [object, "--address", `127.0.0.1:${server.addr.port}`];
  const command = explainCommand().exitOverride().configureOutput({ writeErr() {} });
  const error = await command.parseAsync(args, { from: "user" }).then(() => undefined, (e) => e);
  return { asked, error };
}

const unknown = (similar: readonly string[]) => () =>
  Response.json({
    unknown: "Pod",
    name: "default/wbe",
    message: 'The agent knows no Pod "default/wbe"',
    cure: "look for it",
    similar,
  }, { status: 404 });

Deno.test("the object's names are asked for as they are", async () => {
  const { asked } = await explained("pod/default/a%26b", unknown([]));
  assert.deepEqual(asked, ["/api/v1/explain?pod=default%2Fa%2526b"]);
  const control = await explained("tc/x&pod=y", unknown([]));
  assert.deepEqual(control.asked, ["/api/v1/explain?tc=x%26pod%3Dy"]);
});

Deno.test("an unknown Pod is an error that says what may be meant, and where to look", async () => {
  const { error } = await explained("pod/default/wbe", unknown(["default/web"]));
  assert.ok(error instanceof SluiceError);
  assert.equal(
    error.message,
    'The agent knows no Pod "default/wbe": did you mean pod/default/web? Otherwise: look for it',
  );
  const none = await explained("pod/default/wbe", unknown([]));
  assert.equal(none.error.message, 'The agent knows no Pod "default/wbe": look for it');
});

Deno.test("an agent that cannot explain is named as one of an earlier version", async () => {
  const old = () => new Response("not found\n", { status: 404 });
  const { error } = await explained("tc/m", old);
  assert.match(error.message, /^Cannot explain: the agent at "127\.0\.0\.1:\d+" is of an earlier/);
});

Deno.test("what is no agent is not taken for one", async () => {
  const { error } = await explained("tc/m", () => new Response("<html>"));
  assert.ok(error instanceof SluiceError);
  assert.match(error.message, /^Cannot reach the agent at /);
});

for (const object of ["web", "tc/", "tc/a/b", "pod/web", "pod//web", "pod/a/b/c", "node/a", ""]) {
  Deno.test(`a wrong object is wrong usage, and nobody is asked: "${object}"`, async () => {
    const { asked, error } = await explained(object, unknown([]));
    assert.deepEqual(asked, []);
    assert.equal(error.code, "commander.invalidArgument");
    assert.match(error.message, /pod\/NAMESPACE\//);
  });
}
