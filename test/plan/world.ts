/** What `plan` says of an empty bridge, and what the agent then makes there, in the same words. @module */
import assert from "node:assert/strict";
import { stringify } from "yaml";
import { sentence } from "../../core/contracts/condition.ts";
import { FAR_END_OF, MARK } from "../../core/base/marks.ts";
import { BRIDGE, podObject, sluice, TestAgent } from "../lab/agent.ts";
import { type Ports, readPorts, withNames } from "../golden_capture.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { join } from "node:path";
import { introduce, TestPod } from "../lab/pod.ts";
import { ipIn } from "../lab/run.ts";

/** A bridge with two Pods and some devices, on which plans are tried one after the other. */
export class PlanWorld implements AsyncDisposable {
  private constructor(
    readonly ovs: PrivateOvs,
    readonly pods: readonly TestPod[],
    readonly args: readonly string[],
  ) {}

  /** @param args Options for `plan` and `agent`. @param bridges Other bridges. */
  static async start(args: readonly string[] = [], bridges: readonly string[] = []) {
    const ovs = await PrivateOvs.start({ bridges: [BRIDGE, ...bridges] });
    const pods = [];
    for (const [name, number] of [["web", 1], ["db", 2]] as const) {
      const ips = [`10.9.0.${number}/24`, `fd09::${number}/64`];
      pods.push(await TestPod.attach(ovs, name, { ips }));
    }
    await introduce(...pods);
    return new PlanWorld(ovs, pods, args);
  }

  /** Adds a device of the node, whose other end nobody reads. */
  async addDevice(name: string, { up = true, mtu = 1500 } = {}): Promise<void> {
    const { netns } = this.ovs;
    await ipIn(netns, "link", "add", name, "mtu", `${mtu}`, "type", "veth", "peer", `${name}x`);
    for (const end of [name, `${name}x`]) if (up) await ipIn(netns, "link", "set", end, "up");
  }

  /** Plans, runs an agent, and compares. Then the bridge is empty again, and the plan for that was right, too. */
  async compare(controls: readonly object[]): Promise<void> {
    const { conditions, ...made } = readPlan(
      await this.text(controls),
      "+",
      await readPorts(this.ovs),
    );
    const planned = { ...made, conditions: conditions.filter((line) => !isOfProbes(line)) };
    await this.run(controls, async (agent) => {
      // A warning may come when Open vSwitch has looked at the port.
      const isSame = async () => `${await conditionsOf(agent)}` === `${planned.conditions}`;
      await eventually("the planned conditions", isSame).catch(() => {});
      assert.deepEqual(await conditionsOf(agent), planned.conditions);
      const { ports, meters, flows } = planned;
      assert.deepEqual(await this.#made(), { ports, meters, flows });
    });
    const ports = await readPorts(this.ovs);
    const rest = readPlan(await this.text(controls), "+", ports);
    const none = [[], [], []];
    assert.deepEqual([rest.ports, rest.meters, rest.flows], none, "the plan of what is there");
    const removal = readPlan(await this.text([]), "-", ports);
    assert.deepEqual(removal.flows, planned.flows, "the plan of the removal");
    assert.deepEqual(removal.meters, planned.meters, "the plan of the removal");
    assert.deepEqual(removal.ports.map(nameOf), planned.ports.map(nameOf));
    await this.run([], () => Promise.resolve());
    assert.deepEqual(await this.#made(), { ports: [], meters: [], flows: [] });
  }

  /** Runs an agent with these TrafficControls, and calls `look` when it has made what it can. */
  async run(
    controls: readonly object[],
    look: (agent: TestAgent) => Promise<void>,
  ): Promise<void> {
    await this.#write(controls);
    await using agent = await TestAgent.start(this.ovs, this.args);
    await agent.settled(
      "every TrafficControl",
      ({ trafficControls }) =>
        trafficControls.length === controls.length &&
        trafficControls.every(({ realized, conditions }) => realized || conditions.length > 0),
    );
    await look(agent);
  }

  /** What `plan` writes of these TrafficControls. */
  async text(controls: readonly object[]): Promise<string> {
    const folder = await this.#write(controls);
    const bridge = ["--node", "node1", "--bridge", BRIDGE, "--ovsdb", this.ovs.db];
    const ran = await sluice(this.ovs, "plan", "-f", folder, ...bridge, ...this.args);
    assert.deepEqual({ ...ran, stdout: "" }, { code: 0, stdout: "", stderr: "" }, ran.stdout);
    return ran.stdout;
  }

  async #write(controls: readonly object[]): Promise<string> {
    const folder = join(this.ovs.dir, "manifests");
    await Deno.mkdir(folder, { recursive: true });
    const pods = this.pods.map((pod) => podObject(pod, { app: pod.name }));
    const documents = [...pods, ...controls].map((object) => stringify(object));
    await Deno.writeTextFile(join(folder, "all.yaml"), documents.join("---\n"));
    return folder;
  }

  /** The ports, meters and flows of Sluice on the bridge, as `readPlan` gives those of a plan. */
  async #made() {
    const numbers = await readPorts(this.ovs);
    const dump = await this.ovs.ofctl("--no-names", "--no-stats", "dump-flows", BRIDGE);
    const flows = dump.split("\n").map((line) => line.trim())
      .filter((line) => line.startsWith("cookie=0x51ce0000"))
      .map((flow) => flow.replace(/^(\S+) (?!table=)/, "$1 table=0, "))
      .map((flow) => inOneOrder(withNames(flow, numbers)));
    return { ports: await this.#ports(), meters: await this.meters(), flows: flows.sort() };
  }

  /** The meters of the bridge as `plan` writes them: ovs-ofctl prints the one band of each in a line of its own. */
  async meters(): Promise<string[]> {
    const dump = await this.ovs.ofctl("dump-meters", BRIDGE);
    return dump.replaceAll("bands=\n", "bands=").split("\n").map((line) => line.trim())
      .filter((line) => line.startsWith("meter=")).map((line) => line.replaceAll(" ", ",")).sort();
  }

  /** A line for each port of Sluice's, with its far end on another bridge. */
  async #ports(): Promise<string[]> {
    const ports = await this.#rows("Port", "external_ids");
    const interfaces = await this.#rows("Interface", "type,options,mtu_request");
    const farEnds = new Map(
      [...ports].flatMap(([name, [ids]]) => {
        const near = entries(ids).find(([key]) => key === FAR_END_OF)?.[1];
        return near === undefined ? [] : [[near, name] as const];
      }),
    );
    const lines = [...ports].filter(([, [ids]]) => entries(ids).some(([key]) => key === MARK))
      .filter(([name]) => ![...farEnds.values()].includes(name))
      .map(async ([name]) => {
        const [type, options, mtu] = interfaces.get(name)!;
        const settings = entries(options).map(([key, value]) => ` ${key}=${value}`).join("");
        const request = typeof mtu === "number" ? ` mtu_request=${mtu}` : "";
        const far = farEnds.get(`${BRIDGE}:${name}`);
        const bridge = far && (await this.ovs.vsctl("port-to-br", far)).trim();
        const other = far ? `, far end ${far} on bridge ${bridge}` : "";
        return inOrder(`${name} type=${type || "system"}${settings}${request}${other}`);
      });
    return (await Promise.all(lines)).sort();
  }

  /** The values of a table's columns by name. */
  async #rows(table: string, columns: string): Promise<Map<string, readonly unknown[]>> {
    const args = ["--format=json", `--columns=name,${columns}`, "list", table];
    const { data } = JSON.parse(await this.ovs.vsctl(...args)) as {
      data: [string, ...unknown[]][];
    };
    return new Map(data.map(([name, ...values]) => [name, values]));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.ovs.stop();
  }
}

/** The ports, meters, flows and conditions of a plan, each sorted. @param sign How the lines of what changes begin. */
function readPlan(text: string, sign: "+" | "-", ports: Ports) {
  const numbers = new Map(ports);
  for (const [, name, number] of text.matchAll(/^\+ port (\S+) .*as port (\d+)\)$/gm)) {
    numbers.set(Number(number), { name: name!, config: "0" });
  }
  const lines = text.trimEnd().split("\n");
  const behind = (head: string) =>
    lines.filter((line) => line.startsWith(head)).map((line) => line.slice(head.length));
  return {
    ports: behind(`${sign} port `).map((line) => inOrder(line.replace(/ \(shown.*$/, ""))).sort(),
    meters: behind(`${sign} meter `).sort(),
    flows: behind(`${sign} flow `).map((flow) => inOneOrder(withNames(flow, numbers))).sort(),
    conditions: behind("! ").sort(),
  };
}

/** A flow with the fields of its match sorted: ovs-ofctl prints them in another order than Sluice. */
function inOneOrder(flow: string): string {
  return flow.replace(
    /(?<=priority=\d+,)\S+(?= actions=)/,
    (match) => match.split(",").sort().join(),
  );
}

/** The entries of a map in OVSDB's notation: RFC 7047 section 5.1. */
const entries = (map: unknown) => (map as ["map", [string, string][]])[1];
const nameOf = (port: string) => port.split(" ")[0];

/** A port's line with its settings in the order of their names: a map has no order. */
function inOrder(port: string): string {
  const [own = "", far = ""] = port.split(/(?=, far end)/);
  const [name, ...settings] = own.split(" ");
  return [name, ...settings.sort()].join(" ") + far;
}

async function conditionsOf(agent: TestAgent): Promise<string[]> {
  const { trafficControls } = await agent.state();
  return trafficControls.flatMap(({ name, conditions }) =>
    conditions.map((each) => `${name}: ${each.reason}: ${sentence(each)}`)
  ).filter((line) => !isOfProbes(line)).sort();
}

/** What probes find no plan can know: behind the ports of these tests there is no sensor. */
const isOfProbes = (line: string) => /^[^:]+: (SensorDown|Bypassed): /.test(line);
