import assert from "node:assert/strict";
import { mock } from "node:test";
import { DEFAULT_PROBE, type ProbedSensor } from "../contracts/mod.ts";
import { type PacketOut, type PortDescription, type PortStatus } from "../openflow/mod.ts";
import { Prober, type ProbeSwitch } from "./prober.ts";
import { SLOT } from "./schedule.ts";

const MANY = 100;

/** A switch that has been told to send packets, and lets a test decide what comes back. */
class FakeSwitch implements ProbeSwitch {
  readonly sent: { readonly port: number; readonly data: Uint8Array }[] = [];
  guards = 0;
  /** Whether what is sent into a target comes back from the port after it. */
  answers = true;
  ports: PortDescription[] = [];
  /** The reading of counters with that number waits for that. */
  held: readonly [number: number, until: Promise<void>] | undefined;
  readings = 0;
  /** How many flows take probes of each direction. */
  flows = 1;

  constructor(readonly prober: () => Prober) {}

  postPackets(packets: readonly PacketOut[]): void {
    for (const { inPort, actions, data } of packets) {
      assert.equal(inPort, undefined, "it must seem to come from the controller");
      const [action] = actions;
      assert.ok(action?.type === "output");
      this.sent.push({ port: action.port, data });
      if (this.answers) queueMicrotask(() => this.comesBack(action.port + 1, data));
    }
  }

  comesBack(port: number, data: Uint8Array): void {
    const match = { in_port: { value: BigInt(port) } };
    const more = { reason: 1, table: 0, cookie: 0n, totalLength: data.length };
    this.prober().take({ type: "packet_in", match, data, ...more });
  }

  echo(): Promise<void> {
    this.guards++;
    return Promise.resolve();
  }

  async portStats(number: number) {
    if (this.readings++ === this.held?.[0]) await this.held[1];
    return { number, rxPackets: 0n, txPackets: 0n, rxBytes: 0n, txBytes: 0n };
  }

  flowTotals() {
    return Promise.resolve({ flows: this.flows, packets: 0n });
  }

  dumpFlows() {
    const durationSeconds = 1e9;
    return Promise.resolve(new Array(this.flows).fill({ durationSeconds }));
  }

  portDescriptions() {
    return Promise.resolve(this.ports);
  }
}

const sensor = (index: number, more: Partial<ProbedSensor> = {}): ProbedSensor => ({
  id: `s${index}`,
  target: 2 * index,
  return: 2 * index + 1,
  settings: DEFAULT_PROBE,
  ...more,
});

/** A prober in a time of its own. */
function start(sensors: readonly ProbedSensor[]) {
  mock.timers.enable({ apis: ["setTimeout"] });
  let now = 0;
  const told: string[] = [];
  const prober: Prober = new Prober({
    onVerdict: (id, { state }) => void told.push(`${id} ${state}`),
    now: () => now,
  });
  const client = new FakeSwitch(() => prober);
  const times: number[] = [];
  const pass = async (milliseconds: number) => {
    for (const end = now + milliseconds; now < end;) {
      now++;
      const before = client.sent.length;
      mock.timers.tick(1);
      for (let i = before; i < client.sent.length; i++) times.push(now);
      for (let i = 0; i < 9; i++) await Promise.resolve();
    }
  };
  const busy = (milliseconds: number) => void (now += milliseconds);
  prober.setSensors(sensors);
  prober.connected(client);
  const end = () => {
    prober[Symbol.dispose]();
    mock.timers.reset();
  };
  return { prober, client, told, times, pass, busy, [Symbol.dispose]: end };
}

Deno.test("probes of many sensors are spread over the interval, with one guard for each batch", async () => {
  using world = start(Array.from({ length: MANY }, (_, i) => sensor(i + 1)));
  await world.pass(10 * DEFAULT_PROBE.interval);
  assert.ok(Math.abs(world.times.length - 10 * MANY) <= MANY, `${world.times.length} probes`);
  const batches = Map.groupBy(world.times, (time) => time);
  assert.equal(world.client.guards, batches.size);
  const expected = MANY * SLOT / DEFAULT_PROBE.interval;
  for (const batch of batches.values()) assert.ok(batch.length <= 2 * expected, `${batch.length}`);
  const begins = [...batches.keys()];
  for (const [at, time] of begins.entries()) assert.ok(time - (begins[at - 1] ?? -SLOT) >= SLOT);
  assert.equal(world.told.length, MANY);
});

Deno.test("both directions by turns, all into the target", async () => {
  using world = start([sensor(1)]);
  await world.pass(2000);
  const destinations = world.client.sent.map(({ data }) => data.subarray(0, 6).toHex());
  for (const [at, mac] of destinations.entries()) assert.equal(mac, destinations[at % 2]);
  assert.notEqual(destinations[0], destinations[1]);
  assert.ok(world.client.sent.every(({ port }) => port === 2));
});

Deno.test("an answer counts only from the return port of its sensor, and once", async () => {
  using world = start([sensor(1), sensor(2)]);
  world.client.answers = false;
  await world.pass(150);
  const wrong = world.client.sent.map(({ port, data }) => [port === 2 ? 5 : 3, data] as const);
  for (let i = 0; i < 9; i++) for (const [port, data] of wrong) world.client.comesBack(port, data);
  for (const { port, data } of world.client.sent) {
    for (let i = 0; i < 9; i++) world.client.comesBack(port + 1, data);
  }
  assert.deepEqual(world.told, []);
});

Deno.test("a sensor that is removed is not probed any more, and one whose ports change keeps its state", async () => {
  using world = start([sensor(1), sensor(2)]);
  await world.pass(1000);
  world.client.answers = false;
  await world.pass(1000);
  assert.deepEqual(
    world.told,
    ["s1 up", "s2 up", "s1 down", "s2 down"].toSorted(order(world.told)),
  );
  world.prober.setSensors([sensor(2, { target: 6, return: 7 })]);
  const before = world.client.sent.length;
  world.client.answers = true;
  await world.pass(1000);
  assert.ok(world.client.sent.slice(before).every(({ port }) => port === 6));
  assert.deepEqual(world.prober.reports().map(({ verdict }) => verdict.state), ["down"]);
});

Deno.test("nothing is told of a sensor that is removed while its counters are read", async () => {
  const toDeath = await readingsOfADeath();
  for (let number = 0; number < toDeath; number++) {
    using world = start([sensor(1)]);
    await world.pass(1000);
    world.client.answers = false;
    const reading = Promise.withResolvers<void>();
    world.client.held = [number, reading.promise];
    while (world.client.readings <= number) await world.pass(1);
    world.prober.setSensors([]);
    reading.resolve();
    await world.pass(1000);
    assert.deepEqual(world.told, ["s1 up"]);
  }
});

/** How often counters are read until a sensor is dead. */
async function readingsOfADeath(): Promise<number> {
  using world = start([sensor(1)]);
  await world.pass(1000);
  world.client.answers = false;
  while (world.told.length < 2) await world.pass(1);
  return world.client.readings;
}

Deno.test("while this process is busy, nothing is missed", async () => {
  using world = start([sensor(1)]);
  await world.pass(1000);
  world.client.answers = false;
  for (let i = 0; i < 20; i++) {
    await world.pass(60);
    world.busy(500);
  }
  assert.deepEqual(world.told, ["s1 up"]);
});

Deno.test("while the flows that take probes are missing, nothing is judged", async () => {
  using world = start([sensor(1)]);
  await world.pass(1000);
  [world.client.answers, world.client.flows] = [false, 0];
  await world.pass(5000);
  assert.deepEqual(world.told, ["s1 up"]);
  world.client.flows = 1;
  await world.pass(1000);
  assert.deepEqual(world.told, ["s1 up", "s1 down"]);
});

Deno.test("the loss of a link counts, and not that a port has none", async () => {
  using world = start([sensor(1)]);
  const port = (number: number, live: boolean): PortDescription => ({
    number,
    name: `p${number}`,
    hardwareAddress: "02:00:00:00:00:01",
    config: new Set(),
    state: new Set(live ? ["LIVE"] : ["LINK_DOWN"]),
  });
  const status = (number: number, live: boolean, reason: PortStatus["reason"] = "modify") =>
    world.prober.take({ type: "port_status", reason, port: port(number, live) });
  await world.pass(1000);
  status(2, true, "add");
  status(3, false, "add");
  status(3, false);
  status(9, true);
  status(9, false);
  assert.deepEqual(world.told, ["s1 up"]);
  status(3, true);
  status(3, false);
  assert.deepEqual(world.told, ["s1 up", "s1 down"]);
  await world.pass(5000);
  status(2, true);
  status(2, true, "delete");
  assert.deepEqual(world.told, ["s1 up", "s1 down", "s1 up", "s1 down"]);
});

Deno.test("without a connection nothing is sent and nothing changes", async () => {
  using world = start([sensor(1)]);
  await world.pass(1000);
  world.prober.disconnected();
  const before = world.client.sent.length;
  await world.pass(5000);
  assert.equal(world.client.sent.length, before);
  world.prober.connected(world.client);
  await world.pass(1000);
  assert.ok(world.client.sent.length > before);
  assert.deepEqual(world.told, ["s1 up"]);
});

/** In the order of another list. */
const order = (list: readonly string[]) => (a: string, b: string) =>
  list.indexOf(a) - list.indexOf(b);
