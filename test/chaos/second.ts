/** A second agent on the bridge, with the first one's manifests and state, as when an update lets both run for a while. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { State } from "../../core/report/state.ts";
import { TestAgent } from "../lab/agent.ts";
import { type Answer, get } from "../lab/http.ts";
import { eventually, type PrivateOvs } from "../lab/ovs.ts";
import { pluginsOption } from "./plugin_files.ts";
import { Watch } from "./watch.ts";

const LISTEN = "127.0.0.1:10361";
/** Milliseconds within which one of two agents must have the lock, and say all that it has to say. */
const PATIENCE = 40_000;
/** Lines of the log: something was written to the switch, or the agent may write, or may not. */
const WRITES = /Flows changed|Port (added|removed|is up)|Flooding (stopped|restored)/;
const [LOCKED, WAITS] = [/ Bridge locked /, / Blocked: nothing is written .*reason=AnotherAgent /];

export type Change = "started" | "ended" | "killed";

export class SecondAgent extends TestAgent {
  readonly watch = new Watch(this);
  #runs = false;

  constructor(ovs: PrivateOvs) {
    const manifests = join(ovs.dir, "manifests");
    const source = ["--source", "files", "--manifests", manifests, "--node", "node1"];
    super(ovs, manifests, [...source, "--listen", LISTEN, ...pluginsOption(ovs)]);
  }

  get runs(): boolean {
    return this.#runs;
  }

  override get(path: string): Promise<Answer> {
    return get(this.ovs.netns, `http://${LISTEN}${path}`);
  }

  /** Starts it, or ends it, by SIGKILL if it is `killed`. What is so already stays. */
  async become(next: Change): Promise<void> {
    if (this.#runs === (next === "started")) return;
    this.#runs = next === "started";
    if (this.#runs) return this.startAgain();
    await eventually("a line of the log", () => this.log.length > 0);
    await this.look();
    await (next === "killed" ? this.kill() : this.stop());
  }

  /** @throws {Error} If it has ended by itself, has logged an exception, or has written without the lock. */
  async look(): Promise<void> {
    if (!this.#runs && this.log.length === 0) return;
    if (this.#runs) await this.watch.look();
    assertWritesWithLock(this.log);
  }
}

/** @throws {AssertionError} If the agent wrote to the switch while it waited for the lock of the bridge. */
export function assertWritesWithLock(log: readonly string[]): void {
  let hasLock = false;
  for (const line of log) {
    if (LOCKED.test(line)) hasLock = true;
    else if (WAITS.test(line)) hasLock = false;
    else if (WRITES.test(line)) {
      assert.ok(hasLock, `An agent without the lock writes:\n${log.join("\n")}`);
    }
  }
}

async function waits(agent: TestAgent): Promise<string | undefined> {
  const { status, text } = await agent.get("/api/v1/state");
  if (status !== 200) return undefined;
  const { conditions } = JSON.parse(text) as State;
  return conditions.find(({ reason }) => reason === "AnotherAgent")?.message;
}

/** The one of the two agents that has the lock, when the other one says so: it names the process of the first. */
export async function holderOf(first: TestAgent, second: SecondAgent): Promise<TestAgent> {
  if (!second.runs) return first;
  const said = () => Promise.all([waits(first), waits(second)]);
  return await eventually("that one of two agents waits for the other", async () => {
    const [one, other] = await said();
    if (one?.includes(`process ${second.pid} `) && other === undefined) return second;
    return other?.includes(`process ${first.pid} `) && one === undefined && first;
  }, PATIENCE).catch(async (error) => {
    const logs = [first, second].map(({ log }) => log.join("\n")).join("\n---\n");
    throw new Error(`${error}\n${(await said()).join("\n")}\n${logs}`);
  });
}
