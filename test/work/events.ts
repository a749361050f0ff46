/** A program: counts the work of events on a node with as many Pods and TrafficControls as its argument says. @module */
import { join } from "node:path";
import { stringify } from "yaml";
import { delay } from "../../core/base/timer.ts";
import { Folder } from "../../plugins/sources/_folder.ts";
import { type Work, WorkCounter } from "./counter.ts";
import { WorkNode } from "./node.ts";

/** Of as many attempts, the least counts: a round may come in between that is due by time. */
const ATTEMPTS = 5;
/** Milliseconds after which a round has nothing more to do. */
const CALM = 30;
/** It sorts behind the names of all others: of two TrafficControls without an age, the one with this name is younger. */
const NAME = "z";

type Event = readonly [what: string, happens: () => Promise<unknown>];

const counter = await WorkCounter.start();
const count = Number(Deno.args[0]);
const found = new Map<string, Work[]>();

async function measure(events: readonly Event[]): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    for (const [what, happens] of events) {
      await delay(CALM);
      await counter.begin();
      await happens();
      found.getOrInsertComputed(what, () => []).push(await counter.end());
    }
  }
}

{
  await using node = await WorkNode.start(count);
  await measure([
    ["a TrafficControl is applied", () => node.apply(NAME, "none")],
    ["a Pod is relabelled", () => node.label("p1")],
    ["a Pod comes again as it was", () => node.label("p1")],
    ["a Pod is relabelled back", () => node.label("none")],
    ["a Namespace comes again as it was", () => node.namespace({ team: "a" })],
    ["a TrafficControl is deleted", () => node.delete(NAME)],
  ]);
}

const path = await Deno.makeTempDir();
const write = (name: string, label: string) =>
  Deno.writeTextFile(
    join(path, `${name}.yaml`),
    stringify({ kind: "Pod", metadata: { name, labels: { app: label } } }),
  );
for (let index = 0; index < count; index++) await write(`p${index}`, "a");
const folder = new Folder(path);
await folder.read();
let version = 0;
await measure([["a manifest is written", async () => {
  await write("p1", `${version++}`);
  await folder.readFiles([join(path, "p1.yaml"), join(path, "p1.yaml.new")]);
}]]);
await Deno.remove(path, { recursive: true });

/** The least of each place by itself: what happens now and then only adds to an event's own work, which is in each attempt. */
function least(all: readonly Work[]): Work {
  const places = new Set(all.flatMap((work) => Object.keys(work)));
  const smallest = (place: string) => Math.min(...all.map((work) => work[place] ?? 0));
  return Object.fromEntries([...places].map((place) => [place, smallest(place)]));
}
console.log(
  JSON.stringify(Object.fromEntries([...found].map(([what, all]) => [what, least(all)]))),
);
Deno.exit();
