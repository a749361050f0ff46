/** The CRD on a real API server: what it accepts, what it refuses, its messages, and that Sluice judges the same. */
import fc from "fast-check";
import assert from "node:assert/strict";
import {
  ANTREA_TAKES,
  installCrd,
  mirror,
  ONLY_OURS,
  ours,
  PATH,
  registries,
  trafficControl,
  verdict,
  vxlan,
} from "./crd.ts";
import { REFUSED } from "./crd_refused.ts";
import { apiServerTests } from "./kube_apiserver.ts";

const withServer = apiServerTests(installCrd);

for (const [what, spec] of ANTREA_TAKES) {
  Deno.test(withServer(`it takes ${what}, and so do we`, async (server) => {
    assert.equal(await verdict(server, spec), "");
    assert.deepEqual(ours(spec), []);
  }));
}

for (const [what, spec, message] of REFUSED) {
  Deno.test(withServer(`it refuses ${what}, and so do we`, async (server) => {
    const said = await verdict(server, spec);
    assert.match(said, new RegExp(message));
    assert.doesNotMatch(said, /oneOf|anyOf|no such key|compil/);
    assert.notDeepEqual(ours(spec), []);
  }));
}

for (const [what, spec] of ONLY_OURS) {
  Deno.test(withServer(`${what} is refused by Sluice only`, async (server) => {
    assert.notDeepEqual(ours(spec), []);
    assert.equal(await verdict(server, spec), "");
  }));
}

/** Random values: most are valid, others are just outside a bound or of another type. */
const often = (good: fc.Arbitrary<unknown>, ...others: unknown[]) =>
  fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: fc.constantFrom(...others) });
const odd = often(fc.integer({ min: 0, max: 2 }), -1, 63, 64, 1023, 65535, 65536, 1.5, "1");
const far = often(fc.oneof(fc.ipV4(), fc.ipV6()), "::", "ff02::1", "a", "0.0.0.0", 1);
const name = often(fc.constant("tap0"), "", "a/b", "lo", "x".repeat(16), "\u00e9", 1);
const some = (fields: Record<string, fc.Arbitrary<unknown>>, requiredKeys: string[]) =>
  fc.record(fields, { requiredKeys });
const end = { remoteIP: far };
const randomErspan = some(
  { ...end, version: odd, sessionID: odd, index: odd, dir: odd, hardwareID: odd },
  ["remoteIP", "version"],
);
const randomTarget = some({
  vxlan: some({ ...end, vni: odd, destinationPort: odd }, ["remoteIP"]),
  gre: some({ ...end, key: odd }, []),
  erspan: randomErspan,
  device: some({ name }, []),
}, []);
const randomSpec = some({
  appliedTo: fc.constant({ podSelector: {} }),
  direction: fc.constantFrom("Both", "Ingress", "Up"),
  action: fc.constantFrom("Mirror", "Redirect", "Drop"),
  targetPort: randomTarget,
  returnPort: randomTarget,
}, ["appliedTo", "direction", "action"]);

Deno.test(
  withServer("the server accepts a random spec exactly if Sluice accepts it", async (server) => {
    const verdicts = new Set<boolean>();
    const agrees = async (spec: unknown) => {
      const said = await verdict(server, spec);
      const problems = ours(spec);
      assert.equal(said === "", problems.length === 0, `${said} ${JSON.stringify(problems)}`);
      verdicts.add(said === "");
    };
    await fc.assert(fc.asyncProperty(randomSpec, agrees), { numRuns: 300 });
    // A whole random spec is hardly ever valid, a random target is more often.
    await fc.assert(
      fc.asyncProperty(randomErspan, (erspan) => agrees(mirror({ erspan }))),
      { numRuns: 300 },
    );
    assert.deepEqual([...verdicts].sort(), [false, true]);
  }),
);

Deno.test(withServer("kubectl explain tells what a field is for", async (server) => {
  const erspan = await server.kubectl(["explain", "tc.spec.targetPort.erspan"]);
  assert.match(erspan, /Sends packets to a remote collector over ERSPAN\./);
  assert.match(erspan, /index\s+<integer>\s+Port index; version 1 only\./);
  assert.match(
    erspan,
    /remoteIP\s+<string> -required-\s+Unicast address of the tunnel's far end\./,
  );
  const all = await server.kubectl(["explain", "tc", "--recursive"]);
  for (const kind of registries.targets.keys()) {
    assert.match(all, new RegExp(`${kind}\\s+<Object>`));
  }
  for (
    const path of [
      "tc",
      "tc.spec",
      "tc.spec.appliedTo.podSelector",
      "tc.spec.targetPort",
      "tc.status.conditions",
    ]
  ) {
    assert.doesNotMatch(await server.kubectl(["explain", path]), /<no description>/, path);
  }
}));

Deno.test(withServer("kubectl get shows action, target, nodes, reason and age", async (server) => {
  await server.kubectl(
    ["apply", "-f", "-"],
    JSON.stringify(trafficControl(mirror(vxlan), "shown")),
  );
  const lines = (await server.kubectl(["get", "tc"])).trim().split("\n");
  const heads = ["NAME", "ACTION", "TARGET", "READY", "REASON", "AGE"];
  assert.deepEqual(lines[0]!.split(/\s+/), heads);
  assert.match(lines[1]!, /^shown\s+Mirror\s+\d+s$/); // the others are what agents report
}));

Deno.test(withServer("agents write conditions side by side, one for each type", async (server) => {
  await server.kubectl(["apply", "-f", "-"], JSON.stringify(trafficControl(mirror(vxlan), "told")));
  const write = (manager: string, type: string, status: string) => {
    const { spec: _, ...head } = trafficControl(undefined, "told");
    const object = { ...head, status: { conditions: [{ type, status, reason: "Test" }] } };
    const how = ["--server-side", "--subresource=status", `--field-manager=${manager}`, "-f", "-"];
    return server.tryKubectl(["apply", ...how], JSON.stringify(object));
  };
  for (const [manager, type] of [["a", "A"], ["b", "B"], ["a", "A"]] as const) {
    assert.equal((await write(manager, type, "True")).code, 0);
  }
  const { body } = await server.request("GET", `${PATH}/told`);
  assert.deepEqual(body.status.conditions.map(({ type }: { type: string }) => type), ["A", "B"]);
  assert.match((await write("c", "C", "Perhaps")).stderr, /status: Unsupported value: "Perhaps"/);
}));

Deno.test(
  withServer("an object of Antrea's stays as it is: no field of its is lost", async (server) => {
    for (const [what, spec] of ANTREA_TAKES) {
      const { body } = await server.request("POST", `${PATH}?dryRun=All`, trafficControl(spec));
      assert.deepEqual(body.spec, spec, what);
    }
  }),
);
