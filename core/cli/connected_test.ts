/** Commands and an OVSDB server that does not answer. */
import "../../test/lab/environment.ts";
import assert from "node:assert/strict";
import { NotConnectedError } from "../base/errors.ts";
import { FakeServer, swallowing } from "../ovsdb/testing/fake_server.ts";
import { withOvsdb } from "./connected.ts";

const TIMEOUT = 300;

Deno.test("OVSDB that does not answer in time is named", async () => {
  for (const answer of [() => {}, swallowing("monitor_cond_since")]) {
    await using server = new FakeServer(answer);
    const never = () => assert.fail("it is no session");
    await assert.rejects(
      withOvsdb(server.address, never, { timeout: TIMEOUT }),
      (error: Error) => {
        assert.ok(error instanceof NotConnectedError);
        assert.equal(error.message, `Cannot reach OVSDB at "${server.address}": no answer`);
        return true;
      },
    );
  }
});
