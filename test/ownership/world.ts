/** Two switches with one owner's history, Sluice in one of them: what the other one has is what must be. @module */
import { TestAgent } from "../lab/agent.ts";
import { addDevices, apply, remembered } from "./apply.ts";
import { BRIDGES } from "./batch.ts";
import { Owner } from "./foreign.ts";
import { DEVICES, Ours } from "./ours.ts";
import type { Random } from "./random.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { difference, type Snapshot, snapshot } from "./snapshot.ts";

/** Milliseconds for two switches to be of one mind: links, and an agent between its note and its deed. */
const AGREE = 3000;
/** Of 25 changes in a round, how many are the owner's: a percentage. */
const FOREIGN = 65;

export class World implements AsyncDisposable {
  readonly owner: Owner;
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

  /** So many changes, of both sides. */
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

  /** Everything foreign is as where Sluice never was. */
  async agree(): Promise<Snapshot> {
    const wanted = await snapshot(this.shadow);
    let found = await snapshot(this.ovs);
    await eventually("agreement", async () => {
      if (found.portable === wanted.portable) return true;
      found = await snapshot(this.ovs);
      return false;
    }, AGREE).catch(() => {
      throw this.#failed("differs from where Sluice never was", [wanted.portable, found.portable]);
    });
    return found;
  }

  /** Everything foreign is the same, UUIDs and all. */
  async #unchanged(before: Snapshot): Promise<void> {
    let after = before;
    await eventually("the same", async () => {
      after = await snapshot(this.ovs);
      return after.exact === before.exact;
    }, AGREE).catch(() => {
      throw this.#failed("was changed by Sluice alone", [before.exact, after.exact]);
    });
  }

  #failed(what: string, [wanted, found]: readonly [string, string]): Error {
    return new Error(
      `Cannot call it foreign: seed ${this.random.seed}, after ${this.counts.foreign} + ` +
        `${this.counts.ours} changes, what is foreign ${what}\n${difference(wanted, found)}\n` +
        `In this round:\n${this.log.join("\n")}\nThe agent:\n${this.ours.agent.log.join("\n")}`,
    );
  }

  /** All OpenFlow state is lost; the owner writes his again. */
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
