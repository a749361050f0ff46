/** What is refused, how it is said, how it is cured: what the tables of these tests are made of. @module */
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { type Condition, cureOf, type Reason, sentence } from "../../core/contracts/condition.ts";
import type { State } from "../../core/report/state.ts";
import { app, internal, podObject, sluice, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { ipIn } from "../lab/run.ts";
import { expectFlow } from "../lab/traffic.ts";

/** Milliseconds for the agent to say it, also if it has just been started. */
const SAID_TIMEOUT = 30_000;

/** One row of a table: what is asked for, what is in its way, what is said, and how it ends. */
export interface Refusal {
  readonly name: string;
  /** Beside the witness, a mirror that must go on. The one that is refused is `z`. */
  readonly controls?: readonly object[];
  readonly reason: Reason;
  /** In what is said: the cure. */
  readonly cure: RegExp;
  cause?(lab: Lab): Promise<unknown>;
  /** The cause comes only when the TrafficControls are realized. */
  readonly late?: true;
  /** Does what the cure says, or takes the cause away. */
  heal(lab: Lab, cure: string): Promise<unknown>;
  /** What the cure leaves behind that would be in the next row's way. */
  restore?(lab: Lab): Promise<unknown>;
  /** It is a warning: done all the same. */
  readonly warning?: true;
}

/** The older TrafficControl has the Pod: there is nothing to mend. */
const CURELESS: ReadonlySet<Reason> = new Set(["Superseded"]);

type Spec = Readonly<Record<string, unknown>>;

export const mirror = (name: string, targetPort: Spec, selected = "web") =>
  trafficControl(name, {
    appliedTo: app(selected),
    direction: "Both",
    action: "Mirror",
    targetPort,
  });
export const redirect = (name: string, target: string, returned: string, selected = "web") =>
  trafficControl(name, {
    appliedTo: app(selected),
    direction: "Both",
    action: "Redirect",
    targetPort: internal(target),
    returnPort: internal(returned),
  });
export const vxlan = (key: number) => ({ vxlan: { remoteIP: "192.0.2.1", vni: key } });

/** A device of the node with its link up. @param more Of what ip-link(8) takes. */
export async function device(lab: Lab, name: string, ...more: string[]): Promise<void> {
  const peer = `${name}-x`;
  await ipIn(
    lab.ovs.netns,
    ...["link", "add", "name", name, ...more],
    ...["type", "veth", "peer", "name", peer],
  );
  for (const end of [name, peer]) await ipIn(lab.ovs.netns, "link", "set", "dev", end, "up");
}

/** Runs the command that the cure names, word for word. */
export async function runsWhatIsSaid({ ovs }: Lab, cure: string): Promise<void> {
  const [, command] = /^run "([^"]+)"/.exec(cure)!;
  const [program, ...args] = command!.split(" ");
  await ovs.exec(program!, ...args);
}

/** Another run of the agent. @param args More of its command line. */
export async function restart({ agent }: Lab, ...args: readonly string[]): Promise<void> {
  await agent.stop();
  agent.startAgain(...args);
}

/** The condition of `z`, said everywhere; all others are realized. */
export async function refusalOfControl(
  lab: Lab,
  { reason, cure, warning }: Pick<Refusal, "reason" | "cure" | "warning">,
): Promise<Condition> {
  const isRefused = (condition: Condition) => condition.reason === reason;
  const { trafficControls } = await lab.agent.settled(
    "a condition",
    ({ trafficControls }) =>
      trafficControls.some(({ name, conditions }) => name === "z" && conditions.some(isRefused)),
  );
  const z = trafficControls.find(({ name }) => name === "z")!;
  assert.equal(z.realized, warning === true);
  assert.deepEqual(trafficControls.filter(({ name, realized }) => name !== "z" && !realized), []);
  const found = z.conditions.find(isRefused)!;
  assert.match(sentence(found), cure);
  await isSaid(lab, found, { inStatus: "z", inPlan: "z" });
  if (!warning) {
    const end = ` reason=${reason} message=${JSON.stringify(sentence(found))}`;
    await eventually("the log", () => lab.agent.log.some((line) => line.endsWith(end)));
  }
  return found;
}

/** The condition of the bridge, said everywhere. */
export async function refusalOfBridge(
  lab: Lab,
  { reason, cure }: Pick<Refusal, "reason" | "cure">,
): Promise<Condition> {
  const { bridge, found } = await eventually("a condition", async () => {
    const state = await lab.agent.state().catch(() => undefined); // it may be starting
    const found = state?.conditions.find((condition) => condition.reason === reason);
    return found && { bridge: state!.bridge, found };
  }, SAID_TIMEOUT);
  assert.match(sentence(found), cure);
  await isSaid(lab, found, { inStatus: "Bridge", inPlan: bridge });
  const { text } = await lab.agent.get("/readyz");
  assert.ok(text.includes(sentence(found)), text);
  return found;
}

/** In the same words: to people in one sentence with its cure, to programs apart. */
async function isSaid(
  lab: Lab,
  found: Condition,
  { inStatus, inPlan }: { readonly inStatus: string; readonly inPlan: string },
): Promise<void> {
  const text = `${found.reason}: ${sentence(found)}\n`;
  const status = await sluice(lab.ovs, "status");
  assert.ok(status.stdout.includes(`: ${inStatus}: ${text}`), status.stdout);
  const cure = cureOf(found);
  const plan = await planned(lab);
  assert.ok(plan.includes(`! ${inPlan}: ${text}`), plan);
  const { stdout } = await sluice(lab.ovs, "status", "-o", "json");
  const state: State = JSON.parse(stdout);
  const conditions = inStatus === "Bridge"
    ? state.conditions
    : state.trafficControls.find(({ name }) => name === inStatus)!.conditions;
  assert.ok(
    conditions.some((each) => isDeepStrictEqual(each, { ...found, ...(cure && { cure }) })),
    stdout,
  );
  assert.equal(found.cure === undefined, CURELESS.has(found.reason), found.message);
}

/** `sluice plan` for the agent's bridge and with its manifests. */
async function planned({ agent, ovs }: Lab): Promise<string> {
  const { bridge } = await agent.state();
  const { stdout } = await sluice(
    ovs,
    ...["plan", "-f", agent.manifests, "--node", "node1", "--bridge", bridge, "--ovsdb", ovs.db],
  );
  return stdout;
}

export async function start() {
  const lab = await Lab.start(4);
  const [p1, p2, p3, p4] = lab.pods as [TestPod, TestPod, TestPod, TestPod];
  await lab.agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p3, { app: "seen" }));
  await lab.agent.write("p2.yaml", podObject(p2, { app: "db" }));
  await lab.agent.write("witness.yaml", mirror("witness", internal("ids0"), "seen"));
  await lab.agent.realized("witness");
  const goesOn = () =>
    expectFlow({ from: p3, to: p4 }, [[lab.at(p4), 1], [lab.atDevice("ids0"), 1]]);
  return { lab, goesOn };
}
