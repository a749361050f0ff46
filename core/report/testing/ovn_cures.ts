/** The conditions that OVN's bridges cause. @module */
import ovn from "../../../plugins/pipelines/ovn.ts";
import type { Condition } from "../../contracts/condition.ts";
import { usedPipeline } from "../../model/flows/used_pipeline.ts";
import { mirror } from "../../model/testing/fixtures.ts";
import { whyUnusable } from "../../observe/foreign_flows.ts";
import { formatFlow, parseFlow } from "../../openflow/mod.ts";
import { undelivered } from "../undelivered.ts";
import { bridge, OVNS, PIPELINE } from "./made_conditions.ts";
import { SmallNode } from "./small_node.ts";

const MARKED = parseFlow("table=9,priority=1,reg10=0x4000000/0x4000000,actions=drop");

export const OVN: readonly (readonly [string, string, () => readonly (Condition | undefined)[]])[] =
  [
    [
      'Bridge "br0" is OVN-Kubernetes\' gateway, which removes flows of others every 15 s',
      "name OVN's own bridge with --bridge: br-int",
      () =>
        bridge({ external_ids: ["map", [["bridge-uplink", "eth0"]]] }, [
          ["ovn-bridge-mappings", "net:br0"],
        ]),
    ],
    [
      `The bridge has flows of ovn-controller (${
        formatFlow(OVNS)
      }), which wipes all that are not its own`,
      "use --pipeline ovn, or name no pipeline",
      () => [whyUnusable([OVNS], PIPELINE)],
    ],
    [
      `The bridge's owner (${formatFlow(MARKED)}) uses a bit of reg10 that Sluice needs`,
      "tell the project which version of OVN this is",
      () => [whyUnusable([MARKED], usedPipeline(ovn, 200))],
    ],
    [
      'No flow of OVN sends packets to port "a" of Pod "default/a" yet, so what it receives is not treated',
      "see in ovn-controller's log whether it has claimed the port",
      () => {
        const node = new SmallNode(ovn);
        node.pod("a", "02:00:00:00:00:01");
        node.port("ids0");
        node.control(mirror("m", "1", "ids0"));
        node.round();
        return undelivered(node.model, ["default/a"]);
      },
    ],
  ];
