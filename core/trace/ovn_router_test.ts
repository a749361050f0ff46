import assert from "node:assert/strict";
import { type Flow, parseFlow } from "../openflow/mod.ts";
import { addressValue } from "./addresses.ts";
import { ovnNextMAC } from "./ovn_router.ts";

/** Flows as ovn-controller writes them: a Pod at port 3 of the logical switch 1, whose router has the number 2. */
const FLOWS: readonly Flow[] = [
  "table=0,priority=100,in_port=3 actions=set_field:1->metadata,resubmit(,8)",
  "table=26,priority=50,arp,metadata=0x1,arp_tpa=10.0.0.7,arp_op=1 actions=set_field:0a:58:0a:00:00:07->eth_src",
  "table=33,priority=50,metadata=0x1,dl_dst=0a:58:0a:00:00:05 actions=set_field:0x2->reg15",
  "table=33,priority=50,metadata=0x1,dl_dst=0a:58:0a:00:00:fe actions=set_field:0x3->reg15",
  "table=33,priority=50,metadata=0x1,dl_dst=01:00:5e:00:00:01 actions=set_field:0x8000->reg15",
  "table=8,priority=50,metadata=0x2,reg14=0x1,dl_dst=0a:58:0a:00:00:fe actions=resubmit(,9)",
].map((text) => parseFlow(text));

const ask = (ip: string, podMACs: readonly string[] = [], flows = FLOWS) =>
  ovnNextMAC(flows, { ofport: 3, destinationIP: ip, destination: addressValue(ip), podMACs });
const macOf = (...args: Parameters<typeof ask>) => {
  const found = ask(...args);
  return "mac" in found ? found.mac : found.unknown;
};

Deno.test("a Pod on the same logical switch gets packets with its own MAC", () => {
  assert.equal(macOf("10.0.0.5", ["0a:58:0a:00:00:05"]), "0a:58:0a:00:00:05");
});

Deno.test("so does what OVN answers for, e.g. a Pod of another node", () => {
  assert.equal(macOf("10.0.0.7"), "0a:58:0a:00:00:07");
});

Deno.test("a Pod on another switch, and all others, get them by the router", () => {
  assert.equal(macOf("10.9.0.5", ["0a:58:0a:09:00:05"]), "0a:58:0a:00:00:fe");
  assert.equal(macOf("192.0.2.1"), "0a:58:0a:00:00:fe");
});

Deno.test("where it does not follow from the flows, that is said", () => {
  assert.match(macOf("192.0.2.1", [], FLOWS.slice(1)), /no flow for the Pod's port/);
  assert.match(macOf("192.0.2.1", [], FLOWS.slice(0, -1)), /has no router/);
  const other = "table=8,priority=50,metadata=0x3,reg14=0x1,dl_dst=0a:58:0a:00:00:05 actions=drop";
  assert.match(macOf("192.0.2.1", [], [...FLOWS, parseFlow(other)]), /several routers/);
});
