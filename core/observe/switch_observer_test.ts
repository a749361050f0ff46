/** When the switch is read, on a real one: what it tells is believed, and counted from time to time. */
import assert from "node:assert/strict";
import interpose from "../../plugins/pipelines/interpose.ts";
import { type Message, MessageRelay } from "../../test/lab/message_relay.ts";
import { eventually, PrivateOvs } from "../../test/lab/ovs.ts";
import { usedPipeline } from "../model/flows/used_pipeline.ts";
import { Model } from "../model/model.ts";
import { ALONE } from "../model/testing/fixtures.ts";
import { HEADER_BYTES, MESSAGE } from "../openflow/messages/header.ts";
import { OpenFlowClient } from "../openflow/mod.ts";
import { CHECK_INTERVAL, READ_INTERVAL, SwitchObserver } from "./switch_observer.ts";

/** OFPMP_*: OpenFlow 1.5.1 section 7.3.5. */
const [FLOW_DESC, AGGREGATE, MONITOR] = [1, 2, 16];
const OURS = "cookie=0x51ce000000000000,table=200,actions=drop";
const LEARNED = "cookie=0x51ce000100000000,table=203,actions=drop";
const FOREIGN = "cookie=0x7,table=0,priority=5,in_port=1,actions=NORMAL";

/** The type of a multipart message. */
function multipartType({ bytes }: Message): number | undefined {
  const isMultipart = bytes[1] === MESSAGE.multipart_request ||
    bytes[1] === MESSAGE.multipart_reply;
  return isMultipart
    ? new DataView(bytes.buffer, bytes.byteOffset).getUint16(HEADER_BYTES)
    : undefined;
}

class Scene implements AsyncDisposable {
  now = 1_000_000;
  woken = 0;
  /** The flow monitors say nothing any more. */
  isMute = false;
  /** Multipart requests of the observer. */
  asked: number[] = [];

  private constructor(
    readonly ovs: PrivateOvs,
    readonly relay: MessageRelay,
    readonly observer: SwitchObserver,
    readonly client: OpenFlowClient,
  ) {}

  static async start(): Promise<Scene> {
    const ovs = await PrivateOvs.start({ datapath: "dummy", forwarding: "none" });
    await ovs.ofctl("add-flow", "br0", OURS);
    const relay = new MessageRelay("openflow", ovs.mgmt().replace("unix:", ""));
    const pipeline = usedPipeline(interpose, 200);
    const model = new Model({ resolvers: [], pipeline, surroundings: ALONE });
    const observer: SwitchObserver = new SwitchObserver({
      model,
      client: () => scene.client,
      wake: () => void scene.woken++,
      now: () => scene.now,
    });
    const onMessage = (message: Parameters<typeof observer.hears>[0]) =>
      void observer.hears(message);
    const client = await OpenFlowClient.connect(relay.address, { onMessage });
    const scene: Scene = new Scene(ovs, relay, observer, client);
    relay.fate = (message) => scene.#pass(message);
    return scene;
  }

  #pass(message: Message): "pass" | "swallow" {
    const type = multipartType(message);
    if (message.sender === "client" && type !== undefined) this.asked.push(type);
    return this.isMute && message.sender === "server" && type === MONITOR ? "swallow" : "pass";
  }

  /** A round. @returns Whether it has read the switch. */
  async look(): Promise<boolean> {
    const sight = await this.observer.look();
    return sight!.seen !== undefined;
  }

  /** The round in which flows are to be counted, until they are. @returns Whether the next round reads the switch. */
  async count(): Promise<boolean> {
    this.now += CHECK_INTERVAL;
    [this.asked, this.woken] = [[], 0];
    assert.equal(await this.look(), false, "a round does not wait for the count");
    for (let answer = 0; answer < 2; answer++) await this.client.barrier(); // one comes with those of the count
    assert.ok(this.asked.length > 0 && this.asked.every((type) => type === AGGREGATE), "a count");
    const isDue = this.observer.dueAt() <= this.now;
    assert.equal(this.woken, isDue ? 1 : 0);
    return isDue;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    await this.relay[Symbol.asyncDispose]();
    await this.ovs[Symbol.asyncDispose]();
  }
}

Deno.test("a switch that tells all is read once after a connect, and then rarely", async () => {
  await using scene = await Scene.start();
  const { ovs, observer } = scene;
  assert.equal(await scene.look(), true);
  assert.ok(scene.asked.includes(FLOW_DESC));
  assert.equal(await scene.count(), false);
  await ovs.ofctl("add-flow", "br0", "table=9,actions=drop"); // no table of interest
  await ovs.ofctl("add-flow", "br0", LEARNED);
  assert.equal(await scene.count(), false);
  scene.now += CHECK_INTERVAL - 1;
  scene.asked = [];
  assert.equal(await scene.look(), false);
  assert.deepEqual([scene.asked, observer.dueAt()], [[], scene.now + 1], "not due yet");
  scene.now += READ_INTERVAL;
  assert.equal(await scene.look(), true);
});

Deno.test.each([
  ["has come", "add-flow", FOREIGN.replace("in_port=1", "in_port=2")],
  ["has come in the place of the same one", "add-flow", FOREIGN],
  ["has changed", "mod-flows", FOREIGN.replace("NORMAL", "drop")],
  ["has gone", "del-flows", "cookie=0x7/-1"],
])(
  "a flow of the owner that %s is read soon, although it does not matter now",
  async (_, command, flow) => {
    await using scene = await Scene.start();
    await scene.ovs.ofctl("add-flow", "br0", FOREIGN);
    await scene.look();
    const { observer } = scene;
    await scene.ovs.ofctl(command, "br0", flow);
    await scene.client.barrier();
    scene.now += CHECK_INTERVAL - 1;
    assert.equal(await scene.look(), false);
    scene.now += 1;
    assert.ok(observer.dueAt() <= scene.now);
    assert.equal(await scene.look(), true);
  },
);

Deno.test.each([
  ["a flow of Sluice that has gone", "del-flows", "cookie=0x51ce000000000000/-1"],
  ["a flow of the owner that has come", "add-flow", FOREIGN],
])("the switch is read when a count shows what it did not tell: %s", async (_, command, flow) => {
  await using scene = await Scene.start();
  await scene.look();
  assert.equal(await scene.count(), false);
  scene.isMute = true;
  await scene.ovs.ofctl(command, "br0", flow);
  assert.equal(await scene.count(), true);
  assert.equal(await scene.look(), true);
  assert.equal(await scene.count(), false, "what was read is known");
});

Deno.test("flows are counted at once when the switch could not tell of them for a while", async () => {
  await using scene = await Scene.start();
  await scene.look();
  const { observer, now } = scene;
  assert.equal(observer.hears({ type: "flow_update", event: "paused", xid: 0 }), false);
  assert.equal(observer.dueAt(), now + CHECK_INTERVAL);
  assert.equal(observer.hears({ type: "flow_update", event: "resumed", xid: 0 }), true);
  assert.ok(observer.dueAt() <= now);
  scene.now -= CHECK_INTERVAL;
  assert.equal(await scene.count(), false);
});

Deno.test("a flow of Sluice that is gone is told: the switch is read soon, and a round before does not wait", async () => {
  await using scene = await Scene.start();
  const { observer, ovs } = scene;
  await scene.look();
  await ovs.ofctl("del-flows", "br0", "cookie=0x51ce000000000000/-1");
  await eventually("the news", () => observer.dueAt() < scene.now + CHECK_INTERVAL);
  const due = observer.dueAt();
  scene.now = due - 1;
  assert.equal(await scene.look(), false, "it was read a moment ago");
  scene.now = due;
  assert.equal(await scene.look(), true);
});

Deno.test("what is forgotten is read before a round goes on", async () => {
  await using scene = await Scene.start();
  await scene.look();
  scene.now += CHECK_INTERVAL / 2;
  scene.observer.forget();
  assert.equal(await scene.look(), true);
});
