/** Sessions with a switch to which nobody writes their flows: the test itself sends their packets. */
import assert from "node:assert/strict";
import annotation from "../../plugins/cni/annotation.ts";
import interpose from "../../plugins/pipelines/interpose.ts";
import { registries } from "../../test/kubernetes/crd.ts";
import { readPcapng } from "../../test/lab/pcapng.ts";
import { CAPTURE } from "../base/marks.ts";
import { captureMeter } from "../model/flows/captures.ts";
import { usedPipeline } from "../model/flows/used_pipeline.ts";
import { Model } from "../model/model.ts";
import { ALONE } from "../model/testing/fixtures.ts";
import { OpenFlowClient } from "../openflow/mod.ts";
import { TestSwitch, until } from "../openflow/testing/switch.ts";
import { BlockReader } from "./blocks.ts";
import { Captures, type CapturesOptions } from "./captures.ts";
import type { CaptureBridge } from "./tap.ts";

const NO_LOG = { debug() {}, info() {}, warning() {}, error() {} };
const URL_OF_POD = "http://localhost/api/v1/capture?target=pod/ns/web";
/** Bytes of a packet, and about those of its block. */
const [PACKET, BLOCK] = [1000, 1040];

function modelWithPod(): Model {
  const model = new Model({
    resolvers: [annotation],
    pipeline: usedPipeline(interpose, 200),
    surroundings: { ...ALONE, device: () => ({ index: 1, addresses: [] }) },
  });
  const row = { type: "", options: {}, ours: false, external_ids: {} };
  model.setPort(
    "p1",
    { ...row, name: "p1", ofport: 1, interfaceUUID: "i", portUUID: "p" } as never,
  );
  const annotations = { "sluice.dev/ovs-port": "p1", "sluice.dev/mac": "02:aa:00:00:00:01" };
  const pod = { namespace: "ns", name: "web", uid: "u", labels: {}, ips: [], hostNetwork: false };
  model.setPod({ ...pod, annotations });
  model.updateFlows(0);
  return model;
}

class Scene implements AsyncDisposable {
  isWritten = true;
  readonly captures: Captures;
  readonly model = modelWithPod();

  private constructor(
    readonly ovs: TestSwitch,
    readonly client: OpenFlowClient,
    limits: CapturesOptions["limits"],
  ) {
    const bridge: CaptureBridge = {
      name: "br0",
      address: ovs.address,
      model: this.model,
      blocker: () => undefined,
      wake: () => {},
      isWritten: () => this.isWritten,
    };
    const more = { application: "sluice test", log: NO_LOG as never, ...(limits && { limits }) };
    this.captures = new Captures({ bridges: [bridge], registries: () => registries, ...more });
  }

  static async start(limits?: CapturesOptions["limits"]): Promise<Scene> {
    const ovs = await TestSwitch.start();
    return new Scene(ovs, await OpenFlowClient.connect(ovs.address), limits);
  }

  begin(): Promise<Response> {
    return this.captures.answer(new Request(URL_OF_POD));
  }

  /** Sends packets to the session at place 0, as its flows would. */
  async packets(count: number): Promise<void> {
    const meter = captureMeter(0, "egress");
    const id = CAPTURE.controller;
    const action = { type: "controller", id, maxLength: 0xffff, meter } as const;
    for (let sent = 0; sent < count; sent++) {
      const data = new Uint8Array(PACKET);
      await this.client.packetOut({ inPort: 1, actions: [action], data });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isWritten = true;
    await this.captures.end();
    this.captures[Symbol.dispose]();
    await this.client[Symbol.asyncDispose]();
    await this.ovs[Symbol.asyncDispose]();
  }
}

/** Reads an answer to its end. */
async function whole(answer: Response) {
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const blocks = new BlockReader();
  blocks.take(bytes);
  return { file: readPcapng(bytes), totals: blocks.totals() };
}

Deno.test("a session that has as many bytes as it may have ends", async () => {
  await using scene = await Scene.start({ captureBytes: 4 * BLOCK });
  const reading = whole(await scene.begin());
  await scene.packets(6);
  const { file, totals } = await reading;
  assert.equal(file.packets.length, 4);
  assert.equal(totals.why, "it has as many bytes as a session may have");
});

Deno.test("what a client does not read in time is left out and counted", async () => {
  await using scene = await Scene.start({ captureQueue: 4 * BLOCK });
  const answer = await scene.begin();
  await scene.packets(10);
  const ending = scene.captures.end();
  const { file, totals } = await whole(answer);
  await ending;
  const kept = file.packets.length;
  assert.ok(kept > 0 && kept < 10, `${kept} are kept`);
  assert.deepEqual(totals, {
    kept,
    leftOut: BigInt(10 - kept),
    why: "the agent ends",
    isWhole: true,
  });
});

Deno.test("a session whose flows do not come into the switch in time is refused, and leaves nothing", async () => {
  await using scene = await Scene.start({ captureBegin: 50, captureEnd: 50 });
  scene.isWritten = false;
  const beginning = scene.begin();
  const { captured } = scene.model;
  await until("a session", () => captured.size > 0);
  await until("no session", () => captured.size === 0);
  scene.isWritten = true;
  const answer = await beginning;
  assert.equal(answer.status, 503);
  assert.match(await answer.text(), /bridge "br0": its flows were not written within 50 ms/);
  assert.equal((await scene.begin()).status, 200, "its place is free again");
});

Deno.test("the answer ends in time when the flows of its session do not go", async () => {
  await using scene = await Scene.start({ captureEnd: 50 });
  const answer = await scene.begin();
  scene.isWritten = false;
  const ending = scene.captures.end();
  const { totals } = await whole(answer);
  assert.equal(totals.isWhole, true);
  scene.isWritten = true;
  await ending;
});

Deno.test("a session ends when its switch does, and says that it does not know what was left out", async () => {
  await using scene = await Scene.start({ captureEnd: 50 });
  const answer = await scene.begin();
  scene.ovs.signal("SIGKILL");
  const { totals } = await whole(answer);
  assert.deepEqual([totals.kept, totals.leftOut, totals.isWhole], [0, undefined, true]);
  assert.match(totals.why, /the switch has closed the connection/);
});
