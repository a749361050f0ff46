/** `sluice doctor` of a test: its findings, and its cures carried out. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Finding } from "../../core/doctor/check.ts";
import { app, internal, onBridge, podObject, sluice, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { MAIN } from "../lab/paths.ts";
import { type Ran, run } from "../lab/run.ts";

/** Milliseconds for a node to be well again: each look at it takes a second where there is much to do. */
const HEALING_TIMEOUT = 30_000;

/** The command of a cure: `run "ovs-vsctl del-port t2"`. */
const COMMAND = /\brun "(?<command>[^"]+)"/;

export interface Report {
  readonly node?: string;
  readonly bridge: string;
  readonly problems: number;
  readonly warnings: number;
  readonly findings: readonly Finding[];
}

export function parseReport({ stdout, stderr, code }: Ran): Report {
  assert.equal(stderr, "");
  const report: Report = JSON.parse(stdout);
  assert.equal(code, report.problems > 0 ? 1 : 0);
  return report;
}

/** What is not as it should be. */
export const ills = ({ findings }: Report) =>
  findings.filter(({ level }) => level === "problem" || level === "warning");

/** A node with an agent on it, and the doctor with the agent's options. */
export class Patient {
  constructor(readonly lab: Lab) {}

  get ovs(): PrivateOvs {
    return this.lab.ovs;
  }
  get configFile(): string {
    return join(this.ovs.dir, "agent.conf");
  }

  args(...more: readonly string[]): string[] {
    const { ovs, lab: { agent } } = this;
    const ours = ["--ovsdb", ovs.db, "--config", this.configFile];
    return ["doctor", ...ours, ...onBridge([...agent.args, ...more])];
  }

  text(): Promise<Ran> {
    return sluice(this.ovs, ...this.args());
  }
  async look(...more: readonly string[]): Promise<Report> {
    return parseReport(await sluice(this.ovs, ...this.args("-o", "json", ...more)));
  }

  /** Until all is well. */
  async well(): Promise<Report> {
    let last: Report | undefined;
    try {
      return await eventually("a node that is well", async () => {
        last = await this.look();
        return ills(last).length === 0 ? last : undefined;
      }, HEALING_TIMEOUT);
    } catch (error) {
      throw new Error(`${(error as Error).message}: ${JSON.stringify(last && ills(last))}`);
    }
  }

  /** Carries out the command that the cure names, as an operator would on the node. */
  async carryOut(cure: string): Promise<void> {
    const command = COMMAND.exec(cure)?.groups?.command;
    assert.ok(command, `no command in: ${cure}`);
    const shell = `sluice() { "${Deno.execPath()}" run -A "${MAIN}" "$@"; }; ${command}`;
    await run("ip", ["netns", "exec", this.ovs.netns, "sh", "-c", shell], {
      env: this.ovs.environment,
    });
  }
}

/** A node that is well: a Pod, a mirror of it, an agent that is ready. */
export async function patient(): Promise<Patient & AsyncDisposable> {
  const lab = await Lab.start(1);
  const { agent, ovs } = lab;
  await ovs.vsctl("set", "Open_vSwitch", ".", "ovs_version=3.1.0"); // as ovs-ctl does
  const found = new Patient(lab);
  await Deno.writeTextFile(
    found.configFile,
    "logLevel: info\nfeatureGates:\n  TrafficControl: true\n",
  );
  await agent.write("pods.yaml", podObject(lab.pods[0]!, { app: "web" }));
  const mirror = { appliedTo: app("web"), direction: "Both", action: "Mirror" };
  await agent.write("tc.yaml", trafficControl("m", { ...mirror, targetPort: internal("ids0") }));
  await agent.realized("m");
  return Object.assign(found, { [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose]() });
}
