/** Rules while ovs-vswitchd starts again: what they say holds soon after, and few packets pass the sensor by until then. */
import assert from "node:assert/strict";
import { app, trafficControl } from "../lab/agent.ts";
import type { FrameOptions } from "../lab/frames.ts";
import { eventually, type PrivateOvs } from "../lab/ovs.ts";
import { run } from "../lab/run.ts";
import { type Counter, expectFlow, send } from "../lab/traffic.ts";
import { devicePair } from "../lab/wire.ts";
import { device, SensorScene } from "../sensors/scene.ts";

const [WEB_PORT, OTHER_PORT, CLIENT_PORT] = [80, 443, 40_000] as const;
const RULES = [{ action: "Include", protocol: "TCP", podPorts: [{ port: WEB_PORT }] }];
const OVS_SAVE = "/usr/share/openvswitch/scripts/ovs-save";
/** Packets per second, and milliseconds in which all is right again after the owner's flows are there. */
const [RATE, BACK] = [500, 1000];

const to = (port: number): Partial<FrameOptions> => ({
  transport: { protocol: "tcp", from: CLIENT_PORT, to: port },
});

/** A redirect that fails closed and a mirror, both of them for port 80 of the Pod. */
async function start() {
  const scene = await SensorScene.start({ failureMode: "Closed", rules: RULES });
  const { lab } = scene;
  await devicePair(lab.ovs, ["span", "span-end"]);
  const mirror = { appliedTo: app("web"), direction: "Both", action: "Mirror", rules: RULES };
  await lab.agent.write("m.yaml", trafficControl("m", { ...mirror, targetPort: device("span") }));
  await lab.agent.realized("ips", "m");
  await lab.ovs.emptyCache();
  return { scene, sensor: lab.atDevice("vin-x"), copies: lab.atDevice("span-x") };
}

interface Passed {
  /** Packets that came to the Pod without the sensor. */
  readonly uninspected: number;
  /** Milliseconds from the moment when the bridge forwarded again until the last packet that was not treated right. */
  readonly until: number;
}

/** What became of packets that were sent at `RATE` from `begin` on. @param forwards When the bridge forwarded again. */
function passed(
  ids: readonly number[],
  [atWeb, ...others]: readonly Counter[],
  { begin, forwards }: { readonly begin: number; readonly forwards: number },
): Passed {
  const came = ids.filter((id) => atWeb!.count(id) > 0);
  const places = [atWeb!, ...others];
  const wrong = ids.findLastIndex((id) => places.some((place) => place.count(id) !== 1));
  assert.ok(wrong < ids.length - RATE / 2, "the last half second is right");
  return {
    uninspected: came.filter((id) => others[0]!.count(id) === 0).length,
    until: begin + 1000 * wrong / RATE - forwards,
  };
}

/** The owner's forwarding, as soon as the bridge speaks. */
async function ownersFlows(ovs: PrivateOvs): Promise<void> {
  const normal = ["add-flow", "br0", "priority=0,actions=NORMAL"] as const;
  await eventually("the bridge", () => ovs.ofctl(...normal).then(() => true, () => false));
}

/** Kills ovs-vswitchd and starts it, calls `between` in between, and has the bridge forward again. */
type Restart = (ovs: PrivateOvs, between: () => void) => Promise<unknown>;

/** @param more Has the bridge forward again. */
const plainly =
  (more: (ovs: PrivateOvs) => Promise<void> = () => Promise.resolve()): Restart =>
  async (ovs, between) => {
    await ovs.killVswitchd();
    between();
    await ovs.startVswitchd();
    await more(ovs);
  };

/** As ovs-ctl(8) does it: what it has saved of the flows it gives back before the switch forwards. */
const bySaving: Restart = async (ovs, between) => {
  const env = ovs.environment;
  const restore = await run(OVS_SAVE, ["save-flows", "br0"], { env });
  const waits = ["open_vswitch", ".", "other_config"] as const;
  await ovs.vsctl("set", ...waits.slice(0, 2), `${waits[2]}:flow-restore-wait=true`);
  await plainly()(ovs, between);
  await run("sh", ["-ec", restore], { env });
  await ovs.vsctl("remove", ...waits, "flow-restore-wait");
};

/** How the switch starts again, and the most packets that pass the sensor by. */
const RESTARTS: readonly (readonly [what: string, mode: string, most: number, Restart])[] = [
  ["with fail mode secure", "secure", RATE * BACK / 1000, plainly(ownersFlows)],
  ["with fail mode standalone", "standalone", RATE * BACK / 1000, plainly()],
  ["by ovs-ctl, which saves flows", "secure", 0, bySaving],
];

Deno.test.each(RESTARTS)(
  "after a restart of ovs-vswitchd %s, rules are in effect within a second",
  async (_what, mode, most, restart) => {
    const { scene, sensor, copies } = await start();
    await using _ = scene;
    const { lab: { ovs, agent }, lab, web, peer } = scene;
    await ovs.vsctl("set-fail-mode", "br0", mode);
    const places = [lab.at(web), sensor, copies];
    const came = (counter: Counter) => {
      counter.look();
      return counter.frames.length > 0;
    };
    const stop = new AbortController();
    const begin = performance.now();
    const flow = { from: peer, to: web, frame: to(WEB_PORT) };
    const sending = send({ ...flow, rate: RATE, count: 120 * RATE, signal: stop.signal });
    await eventually("packets everywhere", () => places.every(came));
    await restart(ovs, () => places.forEach((place) => place.reset()));
    const forwards = performance.now();
    await eventually("packets everywhere", () => places.every(came));
    await agent.realized("ips", "m");
    const before = sensor.frames.length;
    await eventually("packets of a second, of which none may go wrong", () => {
      sensor.look();
      return sensor.frames.length >= before + RATE;
    });
    stop.abort();
    const ids = await sending;
    await eventually("the last packet", () =>
      places.every((place) => {
        place.look();
        return place.count(ids.at(-1)!) > 0;
      }));
    const { uninspected, until } = passed(ids, places, { begin, forwards });
    assert.ok(until <= BACK, `the last wrong packet came ${until} ms after the bridge forwarded`);
    assert.ok(uninspected <= most, `${uninspected} packets without the sensor`);
    await expectFlow({ ...flow, frame: to(OTHER_PORT) }, [
      ...[[lab.at(web), 1], [sensor, 0], [copies, 0]] as const,
    ]);
  },
);
