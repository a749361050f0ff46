import assert from "node:assert/strict";
import { API_ROUTES, CAPTURE_HEADER, isOwnHost, METRICS_ROUTES, type Shown } from "./http.ts";

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

const PATHS = ["/api/v1/capture", "/api/v1/capture/end"];

async function ask(path: string, headers: Record<string, string>, isLocal = true) {
  const capture = () => Promise.resolve(new Response("packets"));
  const shown = { ...(isLocal && { capture }) } as Partial<Shown> as Shown;
  const answer = await API_ROUTES[path]!(
    shown,
    new Request(`http://localhost${path}`, { headers }),
  );
  return [answer.status, await answer.text()];
}

const OWN = { [CAPTURE_HEADER]: "1" };

Deno.test.each(PATHS)("no page of a browser gets packets: %s", async (path) => {
  assert.deepEqual(await ask(path, OWN), [200, "packets"]);
  const ofPages = [
    {},
    { ...OWN, origin: "http://evil.example" },
    { ...OWN, origin: "null" },
    { ...OWN, "sec-fetch-site": "cross-site" },
    { ...OWN, "sec-fetch-site": "same-origin" },
  ];
  for (const headers of ofPages) assert.equal((await ask(path, headers))[0], 403);
});

Deno.test("nobody gets packets if --listen is open to the network, and --metrics-listen never has them", async () => {
  for (const path of PATHS) {
    const [status, text] = await ask(path, OWN, false);
    assert.equal(status, 403);
    assert.match(String(text), /--listen names an address that is not this machine's own/);
    assert.equal(METRICS_ROUTES[path], undefined);
  }
});
