/** An event, and the bare bundle with flows of the same matches, in turn. @module */
import { type BundleMessage, OpenFlowClient } from "../core/openflow/mod.ts";
import { type Change, SwitchWatch } from "./switch_watch.ts";

/** A table in which nobody has flows. */
const EMPTY_TABLE = 250;

export interface Event {
  /** Begins the event. @returns When it was there, in milliseconds of `performance.now()`. */
  begin(): Promise<number>;
  /** Makes it undone. */
  end(): Promise<unknown>;
  /** Milliseconds without a change of flows after which the event is over. */
  readonly quiet?: number;
}

/** Milliseconds of each run: from the event to the last of its flows, and from the beginning of the bundle to that of its. */
export interface Times {
  readonly ours: readonly number[];
  readonly peer: readonly number[];
}

/** @param address At which the bridge speaks OpenFlow. */
export async function besideBundle(address: string, event: Event, runs: number): Promise<Times> {
  await using watch = await SwitchWatch.start(address);
  await using client = await OpenFlowClient.connect(address);
  const [ours, peer]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    let begin = 0;
    const change = await watch.during(async () => {
      begin = await event.begin();
    }, event.quiet);
    ours.push(change.at - begin);
    await watch.during(() => event.end(), event.quiet);
    peer.push(await bareBundle(watch, client, change));
  }
  return { ours, peer };
}

/** How many milliseconds one bundle takes that adds flows with the same matches as a change. It leaves none behind. */
async function bareBundle(
  watch: SwitchWatch,
  client: OpenFlowClient,
  { flows }: Change,
): Promise<number> {
  const same = flows.map(({ flow: { match, priority } }) => ({
    flow: { table: EMPTY_TABLE, priority, match, cookie: 0n, actions: [] },
    type: "flow_mod" as const,
  }));
  let begin = 0;
  const { at } = await watch.during(() => {
    begin = performance.now();
    return client.bundle(same.map((each): BundleMessage => ({ ...each, command: "add" })));
  });
  const remove = same.map((each): BundleMessage => ({ ...each, command: "delete_strict" }));
  await watch.during(() => client.bundle(remove));
  return at - begin;
}
