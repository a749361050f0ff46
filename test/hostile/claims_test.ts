/** Claims that an operator allows, and resolvers that fail: what holds then. 50 packets out and 50 in. */
import { join } from "node:path";
import { antrea, type Mark, MarkedLab } from "./marked.ts";

const unmarked: Mark = () => Promise.resolve();
const PORT = "sluice.dev/ovs-port";
const MAC = "sluice.dev/mac";

Deno.test("with --resolver annotation, a port that a CNI has marked cannot be claimed all the same", async () => {
  await using marked = await MarkedLab.start(unmarked, "--resolver", "annotation");
  const [tenant, victim, friend] = marked.pods;
  const own = { [PORT]: tenant.name, [MAC]: tenant.mac };
  await marked.tell({ pod: tenant, labels: { app: "seen" }, annotations: own });
  await marked.expect([tenant, friend], { at: { ids0: 1 } });
  await antrea(marked.lab, victim);
  await marked.tell({
    pod: tenant,
    labels: { app: "seen" },
    annotations: { [PORT]: victim.name, [MAC]: victim.mac },
  });
  await marked.expect([victim, friend], { at: { ids0: 0 } });
});

Deno.test("a claimed port and MAC give way to what the CNI says later, and a wrong claim ends no redirect", async (t) => {
  await using marked = await MarkedLab.start(unmarked);
  const [tenant, victim, friend] = marked.pods;
  const claims = {
    pod: tenant,
    labels: { app: "seen" },
    annotations: { [PORT]: victim.name, [MAC]: victim.mac },
  };
  await t.step("before the CNI says something, the operator's file decides", async () => {
    await marked.tell(claims);
    await marked.expect([victim, friend], { at: { ids0: 1 } });
  });
  await t.step("the CNI marks the port", async () => {
    await antrea(marked.lab, victim);
    await marked.tell(claims, { pod: victim, labels: { app: "inspected" } });
    await marked.expect([victim, friend], { at: { ids0: 0, tap0: 1 } });
  });
  await t.step(
    "an annotation is removed, and one is wrong: the Pod stays where it was",
    async () => {
      const own = { [PORT]: tenant.name, [MAC]: tenant.mac };
      for (
        const annotations of [own, {}, { [PORT]: "nowhere" }, { ...own, "sluice.dev/match": "x" }]
      ) {
        await marked.tell({ pod: tenant, labels: { app: "inspected" }, annotations }, {
          pod: victim,
        });
        await marked.expect([tenant, friend], { at: { ids0: 0, tap0: 1 } });
      }
    },
  );
});

/** Finds ports by `external_ids:my-pod`. @param fails Whether it throws for the first Pod. */
const resolver = (fails: boolean) => `
export default (api) => api.defineResolver({
  name: "my-cni",
  docs: "Finds ports by external_ids.",
  marks: ["my-pod"],
  resolve({ name, ips }, ports) {
    if (${fails} && name === "p1") throw new Error("out of order");
    return ports.withExternalID("my-pod", name).map((row) => ({
      port: row.name,
      macs: row.external_ids["my-mac"]?.split(",") ?? [],
      ips,
      match: "mac",
    }));
  },
});`;

const mine: Mark = async (lab, { name, mac }) => {
  await lab.ovs.vsctl(
    "set",
    "port",
    name,
    `external_ids:my-pod=${name}`,
    `external_ids:my-mac="${mac}"`,
  );
};

Deno.test("a resolver that begins to throw for one Pod takes nobody out of a redirect", async () => {
  const folder = await Deno.makeTempDir({ prefix: "slplugins" });
  const file = join(folder, "my_cni.ts");
  try {
    await Deno.writeTextFile(file, resolver(false));
    await using marked = await MarkedLab.start(mine, "--plugins", folder);
    const [one, other, friend] = marked.pods;
    const labels = { app: "inspected" };
    await marked.tell({ pod: one, labels }, { pod: other, labels }, { pod: friend });
    await marked.expect([one, friend], { at: { tap0: 1 } });
    await Deno.writeTextFile(file, resolver(true));
    await marked.lab.agent.reload();
    const annotations = { [PORT]: friend.name };
    await marked.tell({ pod: one, labels, annotations }, { pod: other, labels }, { pod: friend });
    await marked.expect([one, friend], { at: { tap0: 1 } });
    await marked.expect([other, friend], { at: { tap0: 1 } });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
