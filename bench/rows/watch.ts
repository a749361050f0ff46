/** From an event of the API server's watch to the flows in the switch, beside a bundle with flows of the same matches. @module */
import { delay } from "../../core/base/timer.ts";
import type { KubeApiServer } from "../../test/kubernetes/kube_apiserver.ts";
import { SKIPPED } from "../../test/kubernetes/programs.ts";
import { TextLineStream } from "../../test/lab/lines.ts";
import { BenchCluster, CONTROLS } from "../cluster.ts";
import { mirror, type Size } from "../node.ts";
import { type Measured, median, type Row } from "../row.ts";
import { besideBundle } from "../beside_bundle.ts";

/** Milliseconds that the goal adds to twice the peer's time. */
const OWN_TIME = 1;
const PODS = 250;
/** A Pod that only the event selects, and one that keeps the port which the event uses. */
const [EVENT, KEEP] = ["event", "keep"];
/** Milliseconds until the agent has written what it reports on the event. */
const CALM = 300;

/** Hears of new TrafficControls over a watch of its own, when the agent hears of them. */
class ControlWatch implements AsyncDisposable {
  readonly #client: Deno.HttpClient;
  #lines!: ReadableStreamDefaultReader<string>;
  #reading!: Promise<void>;
  #heard = Promise.withResolvers<number>();

  private constructor(ca: string) {
    this.#client = Deno.createHttpClient({ caCerts: [ca] });
  }

  static async start(server: KubeApiServer): Promise<ControlWatch> {
    const watch = new ControlWatch(await Deno.readTextFile(server.caFile));
    const { metadata: { resourceVersion } } = await server.must("GET", `${CONTROLS}?limit=1`);
    const query = new URLSearchParams({ watch: "1", resourceVersion });
    const { body } = await fetch(`${server.url}${CONTROLS}?${query}`, {
      client: watch.#client,
      headers: { authorization: `Bearer ${server.token}` },
    });
    const text = body!.pipeThrough(new TextDecoderStream());
    watch.#lines = text.pipeThrough(new TextLineStream()).getReader();
    watch.#reading = watch.#read();
    return watch;
  }

  async #read(): Promise<void> {
    for (;;) {
      const { value, done } = await this.#lines.read();
      if (done) return;
      if (JSON.parse(value).type === "ADDED") this.#heard.resolve(performance.now());
    }
  }

  /** When the next one is heard of, in milliseconds of `performance.now()`. */
  next(): Promise<number> {
    this.#heard = Promise.withResolvers();
    return this.#heard.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lines.cancel(); // a signal that aborts does not end a reading that waits
    await this.#reading;
    this.#client.close();
  }
}

async function measure(size: Size, runs: number): Promise<Measured> {
  await using cluster = await BenchCluster.start(size);
  const { server, ovs } = cluster;
  await cluster.addPod(PODS, KEEP);
  await cluster.addPod(PODS + 1, EVENT);
  await server.must("POST", CONTROLS, mirror(KEEP, KEEP, "ids0"));
  await using _agent = await cluster.agent();
  await using controls = await ControlWatch.start(server);
  const event = {
    begin: async () => {
      const heard = controls.next();
      await server.must("POST", CONTROLS, mirror(EVENT, EVENT, "ids0"));
      return await heard;
    },
    end: async () => {
      await server.must("DELETE", `${CONTROLS}/${EVENT}`);
      await delay(CALM);
    },
  };
  const { ours, peer } = await besideBundle(ovs.mgmt(), event, runs);
  return { ours, peer, goal: 2 * median(peer) + OWN_TIME };
}

export const WATCH: readonly Row[] = [0, 1000, 5000].map((controls) => ({
  name:
    `an event of the API server's watch -> its flows in the switch, beside ${controls} TrafficControls`,
  unit: "ms",
  peer: "the bare bundle",
  goal: "2 x + 1 ms",
  point: { plot: "events", line: "watch event", controls },
  isSkipped: SKIPPED,
  measure: (runs) => measure({ pods: PODS, controls }, runs),
}));
