/** The rows for packets of Sluice's own tunnels follow the ports by which those packets enter the bridge. */
import assert from "node:assert/strict";
import interpose from "../../../plugins/pipelines/interpose.ts";
import type { PortRef } from "../../contracts/mod.ts";
import { formatFlow } from "../../openflow/mod.ts";
import { Model } from "../model.ts";
import { type BridgePort, LOCAL_NUMBER } from "../ports/bridge_ports.ts";
import { ALONE, control, tunnelTo } from "../testing/fixtures.ts";
import { usedPipeline } from "./used_pipeline.ts";

const TUNNEL = tunnelTo("t", { remote_ip: "192.0.2.9" });
const ROWS = { external_ids: {}, interfaceUUID: "i", portUUID: "p" };
const port = (name: string, more: Partial<BridgePort>): BridgePort => ({
  ...ROWS,
  name,
  type: "",
  options: {},
  ours: false,
  outOfForwarding: false,
  ...more,
});

/** The bridge's ports, each with what it is at first and what it is later. */
const LOCAL = ["br0", { ofport: LOCAL_NUMBER, mac_in_use: "02:00:00:00:00:0a" }, {
  mac_in_use: "02:00:00:00:00:0b",
}] as const;
const UPLINK = ["eth1", { ofport: 5, mac_in_use: "02:00:00:00:01:0a" }, { ofport: 7 }] as const;

function modelWith(...ports: readonly BridgePort[]): Model {
  const attachment = { port: "p1", macs: ["02:00:00:00:00:01"], ips: [], match: "mac" } as const;
  const model = new Model({
    resolvers: [{ name: "test", docs: "", resolve: () => [attachment] }],
    pipeline: usedPipeline(interpose, 200),
    surroundings: ALONE,
  });
  const pod = { namespace: "default", name: "a", uid: "1", labels: {}, annotations: {}, ips: [] };
  model.setPod({ ...pod, hostNetwork: false });
  const treatment = { copies: [{ to: ["t" as PortRef] }] };
  const made = control("m", "1", { treatment, specs: [TUNNEL] });
  model.setControl({ ...made, object: { ...made.object, appliedTo: { podSelector: {} } } });
  const all = [
    ...ports,
    port("p1", { ofport: 1 }),
    port("t", { ...TUNNEL, ours: true, outOfForwarding: true, ofport: 4, egressDevice: "eth1" }),
  ];
  for (const each of all) model.setPort(each.name, each);
  return model;
}

function flows(model: Model): string[] {
  model.judgePorts();
  model.updateFlows(0);
  return model.flows.desired().map(formatFlow).sort();
}

for (const [name, first, later] of [LOCAL, UPLINK]) {
  Deno.test(`when ${name} changes, a tunnel's flows are those of a model that never saw the port otherwise`, () => {
    const others = [LOCAL, UPLINK].filter(([each]) => each !== name)
      .map(([each, has]) => port(each, has));
    const model = modelWith(port(name, first), ...others);
    const before = flows(model);
    model.setPort(name, port(name, { ...first, ...later }));
    const after = flows(model);
    assert.notDeepEqual(after, before);
    assert.deepEqual(after, flows(modelWith(port(name, { ...first, ...later }), ...others)));
  });
}
