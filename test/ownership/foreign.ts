/**
 * Random changes by the owner of two bridges, as commands of ovs-vsctl and ovs-ofctl. They can be applied to any number
 * of switches.
 * @module
 */
import { type Batch, type Bridge, BRIDGES, newBatch } from "./batch.ts";
import { randomFlow } from "./flows.ts";
import type { Random } from "./random.ts";

/** Ports that are on Sluice's bridge all the time. The device keeps the smallest MTU of the bridge the same. */
export const STEADY = { veth: "steady0", internal: "steady1" } as const;
const SMALLEST_MTU = 1500;
/** Devices that the owner attaches and detaches, with their MTUs in bytes. */
export const VETHS = new Map([
  [STEADY.veth, SMALLEST_MTU],
  ...[1500, 1500, 9000, 1500, 4000, 1500].map((mtu, index) => [`fv${index}`, mtu] as const),
]);
export const POD_PORTS = ["pod0", "pod1", "pod2", "pod3"];
const TUNNELS = ["vxlan", "geneve", "gre", "erspan"];
/** The first port number that the owner asks for. It is far above those that Open vSwitch gives by itself. */
const FIRST_OFPORT = 1000;
const MOST = { ports: 30, groups: 12, mirrors: 5 } as const;

/** A port of the owner. */
interface ForeignPort {
  readonly bridge: Bridge;
  readonly kind: "internal" | "veth" | "tunnel" | "patch" | "pod" | "steady";
  readonly ofport: number;
  /** Name of the other end of a patch port. */
  readonly peer?: string;
}

/** Makes random changes, and remembers what the owner has on the bridges. */
export class Owner {
  readonly ports = new Map<string, ForeignPort>();
  /** Ports that a TrafficControl may use. The owner neither changes their flooding nor attaches them again. */
  readonly claimed = new Set<string>();
  readonly #silent = new Map<string, Bridge>();
  readonly #groups: Readonly<Record<Bridge, Set<number>>> = { br0: new Set(), br1: new Set() };
  readonly #mirrors = new Map<string, Bridge>();
  #touched = new Set<string>();
  #count = 0;
  #batch: Batch = newBatch();

  constructor(readonly random: Random) {
    this.#add(STEADY.veth, { bridge: "br0", kind: "steady" }, 'type=""');
    this.#add(STEADY.internal, { bridge: "br0", kind: "steady" }, "type=internal");
    for (const name of POD_PORTS) this.#addPod(name);
  }

  /** The changes since the last call. */
  take(): Batch {
    const batch = this.#batch;
    this.#batch = newBatch();
    this.#touched = new Set();
    return batch;
  }

  /** Adds one change to the batch. @returns A description of it. */
  change(): string {
    const change = this.random.weighted<() => string>([
      [9, () => this.#addPort()],
      [7, () => this.#deletePort()],
      [12, () => this.#setPort()],
      [6, () => this.#setTunnel()],
      [10, () => this.#note()],
      [40, () => this.#flow()],
      [10, () => this.#group()],
      [6, () => this.#mirror()],
      [3, () => this.#flood()],
      [3, () => this.#replacePod()],
    ]);
    return change();
  }

  /** The ports that do not flood. A restart of ovs-vswitchd loses that. */
  get silent(): Batch["flooding"] {
    return [...this.#silent].map(([port, bridge]) => [bridge, port, "no-flood"] as const);
  }

  #vsctl(...commands: readonly string[]): string {
    for (const command of commands) this.#batch.database.push(command.split(" "));
    return commands.join("; ");
  }

  #named(...kinds: readonly ForeignPort["kind"][]): string[] {
    return [...this.ports].filter(([, { kind }]) => kinds.includes(kind)).map(([name]) => name);
  }

  // --- Ports ---

  #add(name: string, port: Omit<ForeignPort, "ofport">, settings: string): string {
    const ofport = FIRST_OFPORT + this.#count++;
    this.ports.set(name, { ...port, ofport });
    this.#touched.add(name);
    const tag = this.random.chance(40) ? ` tag=${1 + this.random.below(4095)}` : "";
    return this.#vsctl(
      `add-port ${port.bridge} ${name}${tag}`,
      `set interface ${name} ofport_request=${ofport} external_ids:n=${this.#count} ${settings}`,
    );
  }

  #addPod(name: string): string {
    return this.#add(name, { bridge: "br0", kind: "pod" }, "type=internal");
  }

  #addPort(): string {
    if (this.ports.size >= MOST.ports) return this.#deletePort();
    const bridge = this.random.pick(BRIDGES);
    const number = this.#count;
    const kind = this.random.pick(["internal", "veth", "tunnel", "patch"] as const);
    if (kind === "patch") return this.#addPatch(`pa${number}`, `pb${number}`);
    if (kind === "tunnel") {
      const type = this.random.pick(TUNNELS);
      const options = `options:remote_ip=10.77.${number >> 8}.${number & 255} options:key=${
        number % 1000
      }`;
      // Sluice gives its tunnels names of this form, too.
      const name = `${type}-${(0x10000000 + number).toString(16)}`;
      const version = type === "erspan" ? " options:erspan_ver=1 options:erspan_idx=0x1" : "";
      return this.#add(name, { bridge, kind }, `type=${type} ${options}${version}`);
    }
    if (kind === "internal") return this.#add(`fi${number}`, { bridge, kind }, "type=internal");
    const free = [...VETHS.keys()].filter((name) =>
      !this.ports.has(name) && !this.claimed.has(name) && !this.#touched.has(name)
    );
    if (free.length === 0) return this.#setPort();
    return this.#add(this.random.pick(free), { bridge, kind }, 'type=""');
  }

  #addPatch(one: string, other: string): string {
    const settings = (peer: string) => `type=patch options:peer=${peer}`;
    return [
      this.#add(one, { bridge: "br0", kind: "patch", peer: other }, settings(other)),
      this.#add(other, { bridge: "br1", kind: "patch", peer: one }, settings(one)),
    ].join("; ");
  }

  #deletePort(): string {
    const names = this.#named("internal", "veth", "tunnel", "patch")
      .filter((name) =>
        !this.#touched.has(name) && !this.#touched.has(this.ports.get(name)!.peer!)
      );
    if (names.length === 0) return this.#note();
    const name = this.random.pick(names);
    const { peer } = this.ports.get(name)!;
    return [name, ...(peer ? [peer] : [])].map((each) => this.#delete(each)).join("; ");
  }

  #delete(name: string): string {
    const { bridge } = this.ports.get(name)!;
    this.ports.delete(name);
    this.#silent.delete(name);
    this.#touched.add(name);
    return this.#vsctl(`del-port ${bridge} ${name}`);
  }

  /** Deletes a Pod's port or adds it again, as when a Pod is replaced: it gets another number and another row. */
  #replacePod(): string {
    const name = this.random.pick(POD_PORTS);
    if (this.#touched.has(name)) return this.#note();
    return this.ports.has(name) ? this.#delete(name) : this.#addPod(name);
  }

  #setPort(): string {
    const names = [...this.ports.keys()];
    const name = this.random.pick(names.length > 0 ? names : ["br0"]);
    const number = this.random.below(4094);
    return this.#vsctl(this.random.pick([
      `set port ${name} tag=${number + 1}`,
      `clear port ${name} tag`,
      `set port ${name} trunks=${number},4095`,
      `clear port ${name} trunks`,
      `set port ${name} vlan_mode=${
        this.random.pick(["trunk", "access", "native-tagged", "native-untagged"])
      }`,
      `clear port ${name} vlan_mode`,
      `set port ${name} protected=${this.random.chance(50)}`,
      `set port ${name} other_config:priority-tags=${this.random.pick(["always", "never"])}`,
      `set port ${name} external_ids:sluices=${number}`,
      `set interface ${name} external_ids:sluice-${number % 3}=${number}`,
      `remove interface ${name} external_ids sluice-${number % 3}`,
      `set interface ${name} other_config:k${number % 3}=${number}`,
      `set interface ${name} ingress_policing_rate=${number}`,
      `set interface ${name} lldp:enable=false`,
    ]));
  }

  #setTunnel(): string {
    const tunnels = this.#named("tunnel");
    const internals = this.#named("internal", "pod");
    const mtu = SMALLEST_MTU + this.random.below(300);
    if (tunnels.length > 0 && this.random.chance(60)) {
      const name = this.random.pick(tunnels);
      return this.#vsctl(
        `set interface ${name} options:tos=${this.random.below(64)} options:ttl=9`,
      );
    }
    if (internals.length === 0) return this.#note();
    const name = this.random.pick(internals);
    return this.#vsctl(
      this.random.chance(50)
        ? `set interface ${name} mtu_request=${mtu}`
        : `clear interface ${name} mtu_request`,
    );
  }

  // --- Notes, groups, flows, mirrors ---

  #note(): string {
    const record = this.random.pick(["bridge br0", "bridge br1", "open_vswitch ."]);
    const column = this.random.pick(["external_ids", "other_config"]);
    const key = this.random.pick(["owner", "sluice.dev/x", "sluicebox", "a", "sluice-flooding"]);
    return this.#vsctl(
      this.random.chance(65)
        ? `set ${record} ${column}:${key}=${this.random.below(1000)}`
        : `remove ${record} ${column} ${key}`,
    );
  }

  #send(bridge: Bridge, line: string): string {
    this.#batch.flows[bridge].push(line);
    return `${bridge} ${line}`;
  }

  #flow(): string {
    const bridge = this.random.pick(BRIDGES);
    // Flows may name any port of the batch, because the batch adds ports first.
    const ofports = [...this.ports.values()].filter((port) => port.bridge === bridge)
      .map(({ ofport }) => ofport);
    return this.#send(bridge, randomFlow(this.random, { ofports, groups: this.#groups[bridge] }));
  }

  #group(): string {
    const bridge = this.random.pick(BRIDGES);
    const groups = this.#groups[bridge];
    const id = 1 + this.random.below(MOST.groups);
    if (groups.has(id) && this.random.chance(50)) {
      groups.delete(id);
      return this.#send(bridge, `group delete group_id=${id}`);
    }
    const type = this.random.pick(["select", "all"]);
    const buckets = Array.from(
      { length: 1 + this.random.below(4) },
      (_, at) =>
        `bucket=bucket_id:${at},${type === "select" ? `weight:${at + 1},` : ""}actions=drop`,
    );
    const command = groups.has(id) ? "modify" : "add";
    groups.add(id);
    return this.#send(bridge, `group ${command} group_id=${id},type=${type},${buckets.join(",")}`);
  }

  #mirror(): string {
    if (this.#mirrors.size > 0 && (this.#mirrors.size >= MOST.mirrors || this.random.chance(40))) {
      return this.#changeMirror(this.random.pick([...this.#mirrors.keys()]));
    }
    const number = this.#count++;
    const bridge = this.random.pick(BRIDGES);
    const ports = [...this.ports].filter(([, port]) => port.bridge === bridge);
    if (ports.length === 0) return this.#note();
    const [port] = this.random.pick(ports);
    this.#mirrors.set(`m${number}`, bridge);
    return this.#vsctl(
      `--id=@p${number} get port ${port}`,
      `--id=@m${number} create mirror name=m${number} select_src_port=@p${number} output_vlan=${
        1 + this.random.below(4000)
      } external_ids:sluice-mirror=no`,
      `add bridge ${bridge} mirrors @m${number}`,
    );
  }

  #changeMirror(name: string): string {
    if (this.random.chance(50)) {
      return this.#vsctl(`set mirror ${name} select_vlan=${this.random.below(4000)}`);
    }
    const bridge = this.#mirrors.get(name)!;
    this.#mirrors.delete(name);
    const number = this.#count++;
    return this.#vsctl(
      `--id=@o${number} get mirror ${name}`,
      `remove bridge ${bridge} mirrors @o${number}`,
    );
  }

  #flood(): string {
    const free = [...this.ports].filter(([name, { kind }]) =>
      !["veth", "internal", "steady"].includes(kind) && !this.#touched.has(name)
    );
    if (free.length === 0) return this.#note();
    const [name, { bridge }] = this.random.pick(free);
    this.#touched.add(name);
    const change = [bridge, name, this.#silent.has(name) ? "flood" : "no-flood"] as const;
    if (!this.#silent.delete(name)) this.#silent.set(name, bridge);
    this.#batch.flooding.push(change);
    return change.join(" ");
  }
}
