/** A PortMaker of a test, with a model, an OVSDB and a clock. @module */
import interpose from "../../../plugins/pipelines/interpose.ts";
import { NO_LOG } from "../../base/log.ts";
import type { PortSpec } from "../../contracts/mod.ts";
import { usedPipeline } from "../../model/flows/used_pipeline.ts";
import { Model } from "../../model/model.ts";
import type { BridgePort } from "../../model/ports/bridge_ports.ts";
import { conditionsOf } from "../../model/ports/verdict.ts";
import { ALONE, control, internal } from "../../model/testing/fixtures.ts";
import type { Control } from "../../objects/types.ts";
import { ConstraintViolationError, type Operation } from "../../ovsdb/mod.ts";
import { PortMaker } from "../port_maker.ts";

/** A model with one selected Pod, an OVSDB that accepts every transaction unless it has to fail, and a clock. */
export class PortScene {
  now = 1000;
  sameTunnel: string | undefined;
  fail = false;
  /** Name of a port that OVSDB refuses to write. */
  refuses: string | undefined;
  /** Whether ovs-vswitchd has not applied an earlier change. */
  lagging = false;
  /** While it is there, no commit ends before it resolves. */
  held: PromiseWithResolvers<never[]> | undefined;
  /** The network device that the node has under each name; by its number. */
  readonly devices = new Map<string, number>();
  /** Whether Open vSwitch receives from the devices. */
  receives = true;
  /** Is called at each commit. */
  onCommit = () => {};
  readonly commits: Operation[][] = [];
  readonly model = new Model({
    resolvers: [],
    pipeline: usedPipeline(interpose, 200),
    surroundings: {
      ...ALONE,
      sameTunnel: () => this.sameTunnel,
      device: (name) => {
        const index = this.devices.get(name);
        return index === undefined ? undefined : { index, addresses: [] };
      },
      isReceivedFrom: () => this.receives,
    },
  });
  readonly maker = new PortMaker({
    bridge: "br0",
    model: this.model,
    log: NO_LOG,
    now: () => this.now,
    ovsdb: {
      applied: () =>
        this.lagging ? Promise.reject(new Error("Cannot apply: not yet")) : Promise.resolve(),
      commit: (operations) => this.#commit(operations),
    },
  });

  constructor() {
    const pod = { namespace: "default", name: "p1", uid: "1", labels: {}, annotations: {} };
    this.model.setPod({ ...pod, hostNetwork: false, ips: [] });
  }

  #commit(operations: readonly Operation[]) {
    if (this.fail) return Promise.reject(new Error("Cannot commit: no"));
    if (this.refuses !== undefined && JSON.stringify(operations).includes(this.refuses)) {
      return Promise.reject(new ConstraintViolationError({ error: "constraint violation" }));
    }
    this.commits.push([...operations]);
    this.onCommit();
    return this.held?.promise ?? Promise.resolve([]);
  }

  /** Adds a TrafficControl that mirrors every Pod to the port. */
  wants(spec: PortSpec, name = "m"): Control {
    const wanted = control(name, "1", {
      treatment: { copies: [{ to: [spec.name] }] },
      specs: [spec],
    });
    const everybody = { ...wanted.object, appliedTo: { podSelector: {} } };
    this.model.setControl({ ...wanted, object: everybody });
    return wanted;
  }

  /** Adds a port that Sluice has made to the bridge. */
  has(spec: PortSpec, more: Partial<BridgePort> = {}): void {
    const row = { ...spec, external_ids: {}, interfaceUUID: "i", portUUID: "p" };
    this.model.setPort(spec.name, { ...row, ours: true, outOfForwarding: true, ...more });
  }

  /** The owner's port has this MTU, which Sluice's internal ports follow. */
  ownerHasMTU(mtu: number): void {
    this.has(internal("own0"), { ours: false, mtu, mtuRequest: mtu });
  }

  /** The state of the port, and the reasons of its conditions. */
  verdict(name: string): unknown[] {
    const verdict = this.model.wanted.verdict(name);
    return [verdict?.state, ...conditionsOf(verdict).map(({ reason }) => reason)];
  }
}
