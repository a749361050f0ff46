/** For every target, action and option: what `plan` says of an empty bridge is what the agent then makes there. */
import assert from "node:assert/strict";
import { valuesOf, variants } from "../../core/conformance/variants.ts";
import type { Action, Target } from "../../core/contracts/mod.ts";
import { targetProblems, valueProblems } from "../../core/objects/validate.ts";
import { actions, options } from "../../plugins/mod.ts";
import { targets } from "../../targets/mod.ts";
import { app, internal, sluice, trafficControl } from "../lab/agent.ts";
import { PLUGINS } from "../lab/paths.ts";
import { PlanWorld } from "./world.ts";

type Spec = Readonly<Record<string, unknown>>;

/** One after the other in age, so that of two that are in each other's way the first wins. */
function controlsOf(specs: readonly Spec[]): object[] {
  return specs.map((spec, index) =>
    trafficControl(`c${index}`, { appliedTo: app("web"), direction: "Both", ...spec }, {
      creationTimestamp: new Date(Date.UTC(2026, 0, 1 + index)).toISOString(),
    })
  );
}

/** The most values of an option that are planned: further ones differ only in what the pipeline gets to read. */
const MOST_VALUES = 8;
const mirror = (targetPort: unknown): Spec => ({ action: "Mirror", targetPort });
const redirect = (targetPort: unknown, returnPort: unknown): Spec => ({
  action: "Redirect",
  targetPort,
  returnPort,
});

/** A control with this action, as it requires ports. */
function withAction({ name, targetPort, returnPort }: Action): Spec {
  return {
    action: name,
    ...(targetPort === "required" && { targetPort: internal("to0") }),
    ...(returnPort === "required" && { returnPort: internal("from0") }),
  };
}

const nameIn = (spec: object) => "name" in spec ? `${spec.name}` : undefined;

/** The example of the target, and the specs that differ from it in one field. */
function specsOf(target: Target): object[] {
  const valid = variants(target).filter((spec) => targetProblems(target, spec).length === 0);
  return [...new Map(valid.map((spec) => [JSON.stringify(spec), spec])).values()];
}

Deno.test.each(targets.map((target) => [target.kind, target] as const))(
  "plan: target %s, as the target of mirrors and in a redirect",
  async (kind, target) => {
    await using world = await PlanWorld.start();
    const specs = specsOf(target);
    assert.ok(specs.length > 0);
    // Of the devices one is missing, one has a small MTU, and one has no link.
    const devices = kind === "device" ? specs.map(nameIn) : [];
    const [first, second, third] = devices;
    if (first) await world.addDevice(first);
    if (second) await world.addDevice(second, { mtu: 1400 });
    if (third) await world.addDevice(third, { up: false });
    const mirrors = specs.map((spec) => mirror({ [kind]: spec }));
    await world.compare(controlsOf(mirrors));
    if (target.oneWay) return;
    const [one, other = one] = specs.map((spec) => ({ [kind]: spec }));
    await world.compare(controlsOf([redirect(one, other)]));
  },
);

Deno.test.each(actions.map((action) => [action.name, action] as const))(
  "plan: action %s in each direction",
  async (_, action) => {
    await using world = await PlanWorld.start();
    for (const direction of ["Both", "Ingress", "Egress"]) {
      await world.compare(controlsOf([{ ...withAction(action), direction }]));
    }
  },
);

Deno.test.each(options.map((option) => [option.field, option] as const))(
  "plan: option %s with each kind of value",
  async (field, option) => {
    await using world = await PlanWorld.start();
    const kind = option.goesWith === "copies" ? "Mirror" : "Redirect";
    const action = actions.find(({ name }) => name === kind)!;
    const values = valuesOf(option).filter((value) => valueProblems(option, value).length === 0)
      .slice(0, MOST_VALUES);
    // Two controls for the same Pod, as an option may say which of them wins.
    const specs = values.flatMap((value, index) => [
      { ...withAction(action), [field]: value },
      kind === "Mirror"
        ? mirror(internal(`to${index + 1}`))
        : redirect(internal(`to${index + 1}`), internal(`from${index + 1}`)),
    ]);
    for (let index = 0; index < specs.length; index += 2) {
      await world.compare(controlsOf(specs.slice(index, index + 2)));
    }
  },
);

Deno.test("plan: a target and an action of plugin files", async () => {
  await using world = await PlanWorld.start(["--plugins", PLUGINS], ["br1"]);
  const patch = (name: string) => ({ patch: { bridge: "br1", name } });
  await world.compare(controlsOf([{ action: "Drop" }, mirror(patch("in"))]));
  await world.compare(controlsOf([redirect(patch("in"), patch("out"))]));
});

Deno.test("plan: of two resolvers that know the Pods, only the one that is named", async () => {
  await using world = await PlanWorld.start(["--resolver", "antrea"]);
  await world.compare(controlsOf([mirror(internal("ids0"))]));
});

Deno.test("plan: a port of the owner is taken out of flooding, and floods again", async () => {
  await using world = await PlanWorld.start();
  const { ovs } = world;
  await world.addDevice("span0");
  await ovs.vsctl("add-port", "br0", "span0");
  const controls = controlsOf([mirror({ device: { name: "span0" } })]);
  assert.match(await world.text(controls), /^~ port span0 no-flood$/m);
  await world.run(controls, async () => {
    assert.match(await ovs.ofctl("-O", "OpenFlow10", "show", "br0"), /\(span0\).*\n.*NO_FLOOD/);
  });
  assert.match(await world.text([]), /^~ port span0 flood$/m);
  const { code } = await sluice(ovs, "cleanup", "--bridge", "br0", "--ovsdb", ovs.db);
  assert.equal(code, 0);
});

Deno.test("plan: of a mirror with a cap, the meter that another program has changed, and then another cap's", async () => {
  await using world = await PlanWorld.start();
  const capped = (packetsPerSecond: number) =>
    controlsOf([{ ...mirror(internal("ids0")), rateLimit: { packetsPerSecond, burst: 20 } }]);
  const metersIn = (text: string) => text.split("\n").filter((line) => / meter /.test(line));
  const planned = metersIn(await world.text(capped(200)));
  await world.run(capped(200), () => Promise.resolve());
  const [made] = await world.meters();
  assert.deepEqual(planned, [`+ meter ${made}`]);
  await world.ovs.ofctl("mod-meter", "br0", made!.replace("rate=200", "rate=100"));
  const mended = await world.text(capped(200));
  assert.equal(mended, `~ meter ${made}\n0 to add, 1 to change, 0 to remove\n`);
  const [first, second, ...more] = metersIn(await world.text(capped(300)));
  assert.match(
    first!,
    /^\+ meter meter=\d+,pktps,burst,stats,bands=type=drop,rate=300,burst_size=20$/,
  );
  assert.equal(second, `- meter ${made!.replace("rate=200", "rate=100")}`);
  assert.deepEqual(more, []);
});
