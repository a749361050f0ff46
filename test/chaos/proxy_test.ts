import assert from "node:assert/strict";
import { join } from "node:path";
import { jsonFraming, openflowFraming, Proxy } from "./proxy.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("messages end where their headers and their brackets say", () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ["", undefined],
    ['{"a":1', undefined],
    ['{"a":{}}{"b"', 8],
    ['{"a":"}"}', 9],
    ['{"a":"\\"}"}', 11],
  ];
  for (const [message, length] of cases) assert.equal(jsonFraming(bytes(message)), length, message);
  assert.equal(openflowFraming(new Uint8Array([6, 0, 0])), undefined);
  assert.equal(openflowFraming(new Uint8Array([6, 0, 0, 8, 0, 0, 0])), undefined);
  assert.equal(openflowFraming(new Uint8Array([6, 0, 0, 8, 0, 0, 0, 1, 6])), 8);
});

/** A server that sends `sent` to whoever connects, and then ends the connection. */
async function serving(sent: string, use: (proxy: Proxy) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "slp" });
  const path = join(folder, "server");
  const listener = Deno.listen({ transport: "unix", path });
  const accepting = (async () => {
    for await (const connection of listener) {
      await connection.write(bytes(sent)).catch(() => {});
      connection.close();
    }
  })();
  {
    await using proxy = Proxy.start(join(folder, "proxy"), path, jsonFraming);
    await use(proxy);
  }
  listener.close();
  await accepting;
  await Deno.remove(folder, { recursive: true });
}

async function received({ path }: Proxy): Promise<string> {
  const connection = await Deno.connect({ transport: "unix", path });
  return text(new Uint8Array(await new Response(connection.readable).arrayBuffer()));
}

Deno.test("a proxy delays, cuts, swallows, corrupts and refuses, until it is healed", async () => {
  const sent = '{"number":1}{"number":2}';
  await serving(sent, async (proxy) => {
    assert.equal(await received(proxy), sent);
    proxy.interfere({ kind: "delay", milliseconds: 1 });
    assert.equal(await received(proxy), sent);
    proxy.interfere({ kind: "cut", after: 1 });
    assert.equal(await received(proxy), '{"number":1}{"numb');
    proxy.interfere({ kind: "swallow" });
    assert.equal(await received(proxy), "");
    proxy.interfere({ kind: "corrupt", every: 2 });
    const spoilt = await received(proxy);
    assert.equal(spoilt.slice(0, 12), '{"number":1}');
    assert.match(spoilt, /\ufffd/);
    proxy.interfere({ kind: "refuse" });
    await assert.rejects(received(proxy));
    await proxy.heal();
    assert.equal(await received(proxy), sent);
  });
});
