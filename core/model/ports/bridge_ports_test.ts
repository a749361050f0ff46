import assert from "node:assert/strict";
import { type BridgePort, BridgePorts } from "./bridge_ports.ts";

const port = (name: string, external_ids: Record<string, string> = {}): BridgePort => ({
  name,
  type: "",
  options: {},
  external_ids,
  ours: false,
  interfaceUUID: name,
  portUUID: name,
  ofport: 1,
});

Deno.test("bridge ports are found by name and by external id, in the order of their names", () => {
  const ports = new BridgePorts<string>();
  ports.set("p2", port("p2", { "pod-name": "web" }));
  ports.set("p1", port("p1", { "pod-name": "web" }));
  assert.equal(ports.named("p1")?.name, "p1");
  assert.deepEqual(ports.withExternalID("pod-name", "web").map(({ name }) => name), ["p1", "p2"]);
  ports.set("p1", port("p1"));
  assert.deepEqual(ports.withExternalID("pod-name", "web").map(({ name }) => name), ["p2"]);
});

Deno.test("bridge ports return the askers whose answers changed, and no other asker", () => {
  const ports = new BridgePorts<string>();
  ports.askedBy("by name", () => ports.named("p1"));
  ports.askedBy("by id", () => ports.withExternalID("pod-name", "web"));
  ports.askedBy("other", () => ports.withExternalID("pod-name", "db"));
  assert.deepEqual([...ports.set("p1", port("p1"))], ["by name"]);
  assert.deepEqual([...ports.set("p2", port("p2", { "pod-name": "web" }))], ["by id"]);
  assert.deepEqual([...ports.set("p2", undefined)], ["by id"], "what it lost counts, too");
  ports.forget("by name");
  assert.deepEqual([...ports.set("p1", undefined)], []);
});
