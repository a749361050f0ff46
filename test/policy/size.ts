/** How many flows a number of Pods and mirrors needs, as `sluice plan` says. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { stringify } from "yaml";
import { BRIDGE, podObject, sluice } from "../lab/agent.ts";
import { PrivateOvs } from "../lab/ovs.ts";
import { Random } from "../ownership/random.ts";
import { type Mirror } from "./oracle.ts";
import { mirrorOf } from "./world.ts";

const MIRRORS = 20;
/** How many of the mirrors select a Pod. Which they are is different for each Pod. */
export const OF_EACH_POD = 5;
const SEED = 1;
const hex = (byte: number) => byte.toString(16).padStart(2, "0");

/** What the mirrors have beside what all need. */
export type More = (index: number) => Partial<Mirror["spec"]>;

/** The labels of Pods: a sort of Pods for each. */
function sorts(count: number): Record<string, string>[] {
  const random = new Random(SEED);
  const found = new Map<string, Record<string, string>>();
  while (found.size < count) {
    const of = new Set<number>();
    while (of.size < OF_EACH_POD) of.add(random.below(MIRRORS));
    const labels = [...of].sort((one, other) => one - other).map((
      index,
    ) => [`m${index}`, "selected"]);
    found.set(`${labels}`, Object.fromEntries(labels));
  }
  return [...found.values()];
}

/** The Pod of a port. */
export function podAt(index: number, labels: Record<string, string>): object {
  const [high, low] = [index >> 8, index & 0xff];
  const mac = `02:bb:00:00:${hex(high)}:${hex(low)}`;
  return podObject({ name: `p${index}`, mac, ips: [`10.7.${high}.${low}`] }, labels);
}

/** A bridge without devices that has ports for many Pods. */
export class SizeWorld implements AsyncDisposable {
  readonly #sorts: readonly Record<string, string>[];

  private constructor(readonly ovs: PrivateOvs, most: number) {
    this.#sorts = sorts(most);
  }

  /** @param most The largest number of Pods. */
  static async start(most: number): Promise<SizeWorld> {
    const ovs = await PrivateOvs.start({ datapath: "dummy" });
    const ports = Array.from(
      { length: most },
      (_, index) => ["--", "add-port", BRIDGE, `p${index}`],
    );
    await ovs.vsctl(...ports.flat().slice(1));
    return new SizeWorld(ovs, most);
  }

  /** The number of flows for so many Pods and 20 mirrors, of which each selects a fourth of them. */
  async flows(pods: number, more: More): Promise<number> {
    const mirrors = Array.from(
      { length: MIRRORS },
      (_, index) =>
        mirrorOf(`m${index}`, { [`m${index}`]: "selected" }, {
          target: `t${index}`,
          ...more(index),
        }),
    );
    const flows = await this.plan([
      ...this.#sorts.slice(0, pods).map((labels, index) => podAt(index, labels)),
      ...mirrors,
    ]);
    return flows.length;
  }

  /** The flows that these objects need, as text. */
  async plan(objects: readonly object[]): Promise<string[]> {
    const file = join(this.ovs.dir, "all.yaml");
    await Deno.writeTextFile(file, objects.map((each) => stringify(each)).join("---\n"));
    const where = ["--node", "node1", "--bridge", BRIDGE, "--ovsdb", this.ovs.db];
    const { code, stdout, stderr } = await sluice(this.ovs, "plan", "-f", file, ...where);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, stdout.slice(-2000));
    return stdout.split("\n").filter((line) => line.startsWith("+ ") && / actions=/.test(line));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.ovs.stop();
  }
}
