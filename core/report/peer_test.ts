import assert from "node:assert/strict";
import { endsOf } from "./connection_ends.ts";
import { serveHttp } from "./http_server.ts";
import { userIn, userOf } from "./peer.ts";

const TABLE =
  `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2878 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1146 1 0
   1: 0100007F:C001 0100007F:2878 06 00000000:00000000 00:00000000 00000000     0        0 0 1 0
   2: 0100007F:C001 0100007F:2878 01 00000000:00000000 00:00000000 00000000     0        0 1148 1 0
   3: 0200007F:C001 0100007F:2878 01 00000000:00000000 00:00000000 00000000 65534        0 1149 1 0
   4: 0300007F:C001 0100007F:2878 04 00000000:00000000 00:00000000 00000000     0        0 0 1 0
   5: 00000000000000000000000001000000:C001 00000000000000000000000001000000:2878 01 0:0 0:0 0 65534 0 1150 1 0
`;
const SERVER = { hostname: "127.0.0.1", port: 0x2878 };

Deno.test.each<[what: string, hostname: string, port: number, user: number | undefined]>([
  ["root's", "127.0.0.1", 0xc001, 0],
  ["one with the ports of root's, and another address", "127.0.0.2", 0xc001, 65534],
  ["one whose process has gone", "127.0.0.3", 0xc001, undefined],
  ["one that is not there", "127.0.0.4", 0xc001, undefined],
  ["one with another port", "127.0.0.1", 0xc002, undefined],
  ["one at an IPv6 socket", "::ffff:127.0.0.2", 0xc001, 65534],
])("the user of a connection is that of its other end: %s", (_, hostname, port, user) => {
  assert.equal(userIn(TABLE, { client: { hostname, port }, server: SERVER }), user);
});

Deno.test("an IPv6 address has four words", () => {
  const [client, server] = [0xc001, 0x2878].map((port) => ({ hostname: "::1", port }));
  assert.equal(userIn(TABLE, { client: client!, server: server! }), 65534);
});

Deno.test.each(["127.0.0.1", "[::1]"])(
  "the user of a request of this process is that of this process: %s",
  async (host) => {
    let user: number | undefined = -1;
    const server = serveHttp({
      listen: `${host}:0`,
      handler: async (request) => {
        user = await userOf(endsOf(request)!);
        return new Response("ok");
      },
    });
    const answer = await fetch(`http://${host}:${server.address.port}/`);
    await answer.text();
    await server.shutdown();
    assert.equal(user, Deno.uid());
  },
);
