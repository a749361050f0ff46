/**
 * Two switches with the same owner and the same changes by it. Sluice runs on one of them only; what is not Sluice's
 * must be equal on both.
 * @module
 */
import { TestAgent } from "../lab/agent.ts";
import { addDevices, apply, remembered } from "./apply.ts";
import { BRIDGES } from "./batch.ts";
import { Owner } from "./foreign.ts";
import { DEVICES, Ours } from "./ours.ts";
import type { Random } from "./random.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { difference, type Snapshot, snapshot } from "./snapshot.ts";

/** Milliseconds within which both must be equal. It takes time until links are up and the agent has ended a change. */
const AGREE = 3000;
/** How many percent of the changes are the owner's. */
const FOREIGN = 65;

export class World implements AsyncDisposable {
  readonly owner: Owner;
  /** Sluice's side. */
  readonly ours: Ours;
  readonly log: string[] = [];
  readonly counts = { foreign: 0, ours: 0, switchRestarts: 0, databaseRestarts: 0 };

  private constructor(
    readonly random: Random,
    readonly ovs: PrivateOvs,
    readonly shadow: PrivateOvs,
    agent: TestAgent,
  ) {
    this.owner = new Owner(random);
    this.ours = new Ours(agent, this.owner, random);
    this.ours.running = true;
  }

  static async start(random: Random): Promise<World> {
    const options = { bridges: BRIDGES };
    const [ovs, shadow] = await Promise.all([PrivateOvs.start(options), PrivateOvs.start(options)]);
    await Promise.all([ovs, shadow].map((each) => addDevices(each, DEVICES)));
    return new World(random, ovs, shadow, await TestAgent.start(ovs));
  }

  #say(what: string): void {
    this.log.push(what);
  }

  /** Makes random changes on both sides, and compares. @param changes Their number. */
  async round(changes: number): Promise<void> {
    this.log.length = 0;
    const foreign = Array.from({ length: changes }, () => this.random.chance(FOREIGN))
      .filter((isForeign) => isForeign).length;
    const own = changes - foreign;
    for (let at = 0; at < own / 2; at++) await this.#own();
    for (let at = 0; at < foreign; at++) this.#say(`foreign: ${this.owner.change()}`);
    this.counts.foreign += foreign;
    const batch = this.owner.take();
    await Promise.all([apply(this.ovs, batch), apply(this.shadow, batch)]);
    const before = await this.agree();
    for (let at = Math.ceil(own / 2); at < own; at++) await this.#own();
    await this.ours.settle();
    await this.#unchanged(before);
  }

  async #own(): Promise<void> {
    this.counts.ours++;
    this.#say(`ours: ${await this.ours.change()}`);
  }

  /** Waits until all that is not Sluice's is as on the switch without Sluice. @throws {Error} If it does not get so. */
  async agree(): Promise<Snapshot> {
    const wanted = await snapshot(this.shadow);
    let found = await snapshot(this.ovs);
    await eventually("agreement", async () => {
      if (found.portable === wanted.portable) return true;
      found = await snapshot(this.ovs);
      return false;
    }, AGREE).catch(() => {
      const both = [wanted.portable, found.portable] as const;
      throw this.#failed("differs from the switch without Sluice", both);
    });
    return found;
  }

  /** Waits until all that is not Sluice's is as before, with equal UUIDs. @throws {Error} If it does not get so. */
  async #unchanged(before: Snapshot): Promise<void> {
    let after = before;
    await eventually("the same", async () => {
      after = await snapshot(this.ovs);
      return after.exact === before.exact;
    }, AGREE).catch(() => {
      throw this.#failed("was changed by Sluice", [before.exact, after.exact]);
    });
  }

  #failed(what: string, [wanted, found]: readonly [string, string]): Error {
    return new Error(
      `Cannot pass with seed "${this.random.seed}": after ${this.counts.foreign} changes by the ` +
        `owner and ${this.counts.ours} by Sluice's users, what is not Sluice's ${what}\n` +
        `${difference(wanted, found)}\n` +
        `In this round:\n${this.log.join("\n")}\nThe agent:\n${this.ours.agent.log.join("\n")}`,
    );
  }

  /** Restarts ovs-vswitchd on both switches, which loses all OpenFlow state. Then the owner writes its state again. */
  async restartSwitch(): Promise<void> {
    this.counts.switchRestarts++;
    const lost = await remembered(this.shadow);
    const batch = { database: [], flows: lost, flooding: this.owner.silent };
    await Promise.all([this.ovs, this.shadow].map(async (ovs) => {
      await ovs.killVswitchd();
      await ovs.startVswitchd();
      await apply(ovs, batch);
    }));
    await this.ours.settle();
    await this.agree();
  }

  /** Restarts ovsdb-server on Sluice's switch. */
  async restartDatabase(): Promise<void> {
    this.counts.databaseRestarts++;
    const before = await this.agree();
    await this.ovs.killOvsdbServer();
    await this.ovs.startOvsdbServer();
    await this.ours.settle();
    await this.#unchanged(before);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.ours.running) await this.ours.agent.kill();
    } finally {
      await Promise.all([this.ovs.stop(), this.shadow.stop()]);
    }
  }
}
