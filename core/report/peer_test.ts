import assert from "node:assert/strict";
import { endsOf } from "./connection_ends.ts";
import { serveHttp } from "./http_server.ts";
import { userIn, userOf } from "./peer.ts";

const TABLE =
  `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2878 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1146 1 0
   1: 0100007F:2878 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 1147 1 0
   2: 0100007F:C001 0100007F:2878 01 00000000:00000000 00:00000000 00000000 65534        0 1148 1 0
`;

Deno.test("the user of a connection is that of its other end, and none is known for what is not there", () => {
  assert.equal(userIn(TABLE, { client: 0xc001, server: 0x2878 }), 65534);
  assert.equal(userIn(TABLE, { client: 0xc002, server: 0x2878 }), undefined);
  assert.equal(userIn(TABLE, { client: 0xc001, server: 0x2879 }), undefined);
});

Deno.test("the user of a request of this process is that of this process", async () => {
  let user: number | undefined;
  const server = serveHttp({
    listen: "127.0.0.1:0",
    handler: async (request) => {
      user = await userOf(endsOf(request)!);
      return new Response("ok");
    },
  });
  const answer = await fetch(`http://127.0.0.1:${server.address.port}/`);
  await answer.text();
  await server.shutdown();
  assert.equal(user, Deno.uid());
});
