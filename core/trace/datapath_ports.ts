/** The ports of all bridges, with their numbers in the datapath, as `dpif/show` writes them: ovs-vswitchd(8). Pure. @module */

/** A port of a bridge. */
export interface DatapathPort {
  readonly bridge: string;
  readonly name: string;
  readonly ofport: number;
  /** Absent for a patch port, which is no port of the datapath. Tunnels of one type may share one. */
  readonly number?: number;
  /** As OVSDB has it, or what Open vSwitch makes of it. */
  readonly type: string;
  /** The tunnel's far end, if it has one alone. */
  readonly remoteIP?: string;
}

const BRIDGE = /^ {2}(\S.*):$/;
const PORT =
  /^ {4}(?<name>.+) (?<ofport>\d+)\/(?<number>\d+|none): \((?<type>[^:)]*)(?<options>.*)\)$/;

/** Finds ports by either number. */
export class DatapathPorts {
  readonly all: readonly DatapathPort[];

  constructor(text: string) {
    this.all = parse(text);
  }

  named(name: string): DatapathPort | undefined {
    return this.all.find((port) => port.name === name);
  }

  at(bridge: string, ofport: number): DatapathPort | undefined {
    return this.all.find((port) => port.bridge === bridge && port.ofport === ofport);
  }

  /** The ports with that number in the datapath; of tunnels, first those that lead there. */
  of(number: number, remoteIP?: string): readonly DatapathPort[] {
    const found = this.all.filter((port) => port.number === number);
    const there = found.filter((port) => port.remoteIP === remoteIP);
    return there.length > 0 ? there : found;
  }
}

function parse(text: string): DatapathPort[] {
  let bridge = "";
  return text.split("\n").flatMap((line): DatapathPort[] => {
    bridge = BRIDGE.exec(line)?.[1] ?? bridge;
    const found = PORT.exec(line)?.groups;
    if (!found) return [];
    const { name, ofport, number, type, options } = found;
    const remoteIP = /\bremote_ip=([^,)\s]+)/.exec(options!)?.[1];
    return [{
      bridge,
      name: name!,
      ofport: Number(ofport),
      ...(number !== "none" && { number: Number(number) }),
      type: type!,
      ...(remoteIP !== undefined && remoteIP !== "flow" && { remoteIP }),
    }];
  });
}
