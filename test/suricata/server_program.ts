/** What a Pod of the tests with Suricata serves: web pages at port 80, and at port 7 what it is sent. @module */
const hostname = "::";

Deno.serve({ hostname, port: 80, onListen: () => {} }, () => new Response("page\n"));
for await (const { readable, writable } of Deno.listen({ hostname, port: 7 })) {
  readable.pipeTo(writable).catch(() => {}); // the other end has gone
}
