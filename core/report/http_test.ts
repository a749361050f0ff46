import assert from "node:assert/strict";
import { isOwnHost } from "./http.ts";

Deno.test.each<[string | null, boolean]>([
  ["127.0.0.1:10360", true],
  ["10.1.2.3", true], // the Pod's address, as Prometheus and the kubelet ask
  ["[::1]:10360", true],
  ["[fd00::1]", true],
  ["localhost:10360", true],
  ["LOCALHOST.", true],
  ["sluice.localhost:80", true],
  ["node1:10360", true],
  ["Node1.", true],
  [null, true], // HTTP/1.0, which browsers do not speak
  ["evil.example", false],
  ["evil.example:10360", false],
  ["127.0.0.1.evil.example:10360", false],
  ["localhost.evil.example", false],
  ["notlocalhost", false],
  ["node1.evil.example", false],
  ["", false],
  ["[::1]x", false],
  ["127.0.0.1 evil", false],
  ["0x7f.1", false],
])("a request for host %j may come from a client of this server: %j", (host, expected) => {
  assert.equal(isOwnHost(host, ["node1"]), expected);
});
