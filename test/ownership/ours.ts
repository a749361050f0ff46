/** Random changes on Sluice's side: of TrafficControls and Pods, and starts and ends of the agent. @module */
import { app, type TestAgent, trafficControl } from "../lab/agent.ts";
import { type Owner, POD_PORTS, STEADY } from "./foreign.ts";
import { eventually } from "../lab/ovs.ts";
import type { Random } from "./random.ts";

/** Devices that the owner never attaches. */
export const DEVICES = ["dev0", "dev1", "dev2"];
const PAIRS = [["tap0", "tap1"], ["tap2", "tap3"], ["tap0", "tap3"], ["tap4", "tap4"]] as const;
const DEVICE_PAIR = ["dev0", "dev1"] as const;
const CONTROLS = Array.from({ length: 10 }, (_, index) => `t${index}`);
const LABELS = ["a", "b"];
const COLLECTOR = "10.88.0.1";

/** What a TrafficControl can ask for here. A run must have had each of them in the datapath at some time. */
export const KINDS = [
  "device",
  "erspan",
  "geneve",
  "gre",
  "ovsInternal",
  "vxlan",
  "redirect",
  "owner's device",
  "owner's internal port",
] as const;
type Kind = typeof KINDS[number];

type Spec = Readonly<Record<string, unknown>>;

export class Ours {
  /** Names of the TrafficControls that exist. */
  readonly controls = new Set<string>();
  /** Names of the Pods that exist. */
  readonly pods = new Set<string>();
  /** Kinds that were in the datapath so far. */
  readonly realized = new Set<Kind>();
  /** How often the agent was started, stopped or killed. */
  restarts = 0;
  /** Whether the agent is running. */
  running = false;

  constructor(
    readonly agent: TestAgent,
    readonly owner: Owner,
    readonly random: Random,
  ) {}

  /** Makes one change. @returns A description of it. */
  async change(): Promise<string> {
    const change = this.random.weighted([
      [50, () => this.#writeControl()],
      [18, () => this.#deleteControl()],
      [16, () => this.#writePod()],
      [6, () => this.#deletePod()],
      [16, () => this.#turnAgent()],
    ]);
    return await change();
  }

  /** Waits until the agent knows all TrafficControls and has settled. It returns at once if no agent is running. */
  async settle(): Promise<void> {
    if (!this.running) return;
    const names = [...this.controls].sort().join();
    const { pods } = await this.agent.settled(
      `TrafficControls ${names}`,
      (state) =>
        state.trafficControls.map(({ name }) => name).join() === names &&
        state.conditions.length === 0,
    );
    for (const { egress, ingress } of pods.flatMap(({ ports }) => ports)) {
      for (const treatment of [egress, ingress]) {
        if (treatment?.redirect) this.realized.add("redirect");
        for (const port of treatment?.mirrors ?? []) this.realized.add(kindOf(port));
      }
    }
  }

  start(): string {
    if (!this.running) this.agent.startAgain();
    this.running = true;
    this.restarts++;
    return "start the agent";
  }

  async #turnAgent(): Promise<string> {
    if (!this.running) return this.start();
    const way = this.random.pick(["stop", "kill"] as const);
    // Before its first line in the log, the agent does not handle signals yet.
    if (way === "stop") await eventually("the agent", () => this.agent.log.length > 0);
    this.running = false;
    await this.agent[way]();
    return `${way} the agent`;
  }

  async #writeControl(): Promise<string> {
    const name = this.random.pick(CONTROLS);
    const targets = this.#targets();
    const selector = this.random.pick([
      { podSelector: {} },
      ...LABELS.map(app),
      { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "default" } } },
    ]);
    const spec = {
      appliedTo: selector,
      direction: this.random.pick(["Ingress", "Egress", "Both"]),
      action: "Mirror",
      ...targets,
    };
    this.controls.add(name);
    await this.agent.write(`${name}.yaml`, trafficControl(name, spec));
    return `write ${name}: ${JSON.stringify(spec)}`;
  }

  async #deleteControl(): Promise<string> {
    const names = [...this.controls];
    if (names.length === 0) return await this.#writeControl();
    const name = this.random.pick(names);
    this.controls.delete(name);
    await this.agent.delete(`${name}.yaml`);
    return `delete ${name}`;
  }

  /** Random ports. There are few of them, so that TrafficControls share ports and conflict with each other. */
  #targets(): Spec {
    const kind = this.random.pick(KINDS);
    const key = this.random.below(3);
    const mirror = (target: string, spec: Spec): Spec => ({ targetPort: { [target]: spec } });
    switch (kind) {
      case "device":
        return mirror(kind, { name: this.random.pick([...DEVICES, "missing0"]) });
      case "ovsInternal":
        return mirror(kind, { name: this.random.pick(["ids0", "ids1", "tap0", "tap2"]) });
      case "vxlan":
      case "geneve":
        return mirror(kind, { remoteIP: COLLECTOR, vni: key });
      case "gre":
        return mirror(kind, { remoteIP: COLLECTOR, key });
      case "erspan":
        return mirror(kind, { remoteIP: COLLECTOR, version: 1, sessionID: key });
      case "redirect":
        return this.#pair();
      case "owner's device":
        return this.#owners("device", "veth");
      case "owner's internal port":
        return this.#owners("ovsInternal", "internal");
    }
  }

  #pair(): Spec {
    const devices = this.random.chance(20);
    const [target, back] = devices ? DEVICE_PAIR : this.random.pick(PAIRS);
    const port = (name: string) => devices ? { device: { name } } : { ovsInternal: { name } };
    return { action: "Redirect", targetPort: port(target), returnPort: port(back) };
  }

  /** A port of the owner as the target, on Sluice's bridge or on the other one. */
  #owners(target: "device" | "ovsInternal", kind: "veth" | "internal"): Spec {
    const names = [...this.owner.ports].filter(([, port]) => port.kind === kind)
      .map(([name]) => name);
    const name = this.random.chance(40) || names.length === 0
      ? STEADY[kind]
      : this.random.pick(names);
    this.owner.claimed.add(name);
    return { targetPort: { [target]: { name } } };
  }

  async #writePod(): Promise<string> {
    const port = this.random.pick(POD_PORTS);
    const label = this.random.pick(LABELS);
    this.pods.add(port);
    await this.agent.write(`${port}.yaml`, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: port,
        namespace: "default",
        labels: { app: label },
        annotations: {
          "sluice.dev/ovs-port": port,
          "sluice.dev/mac": `02:bb:00:00:00:0${port.at(-1)}`,
        },
      },
      status: { podIPs: [{ ip: `10.0.0.${port.at(-1)}` }] },
    });
    return `write ${port} with ${label}`;
  }

  async #deletePod(): Promise<string> {
    const ports = [...this.pods];
    if (ports.length === 0) return await this.#writePod();
    const port = this.random.pick(ports);
    this.pods.delete(port);
    await this.agent.delete(`${port}.yaml`);
    return `delete ${port}`;
  }
}

function kindOf(port: string): Kind {
  if (/^fv/.test(port) || port === STEADY.veth) return "owner's device";
  if (/^fi/.test(port) || port === STEADY.internal) return "owner's internal port";
  if (/^dev/.test(port)) return "device";
  return KINDS.find((kind) => port.startsWith(`${kind}-`)) ?? "ovsInternal";
}
