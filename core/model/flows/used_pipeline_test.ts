/** A pipeline in use: asked once what it cannot do, and whole, also if it is an object of a class. */
import assert from "node:assert/strict";
import interpose from "../../../plugins/pipelines/interpose.ts";
import type { Pipeline, PortRef, Treatment } from "../../contracts/mod.ts";
import { hasSameTables, usedPipeline } from "./used_pipeline.ts";

class Counting implements Pipeline {
  readonly tables = { first: 200, count: 1 };
  asked = 0;
  cannot(): readonly string[] {
    this.asked++;
    return ["anything"];
  }
  bridge = () => [];
  copyPort() {
    return [];
  }
  pair() {
    return [];
  }
  treatment() {
    return [];
  }
  podPort() {
    return [];
  }
}

Deno.test("a pipeline that is an object of a class keeps its methods, and is asked once for each treatment", () => {
  const counting = new Counting();
  const type = { ...interpose, create: () => counting };
  const used = usedPipeline(type, 200);
  const treatment: Treatment = { copies: [{ to: ["ids0" as PortRef] }] };
  assert.deepEqual([used.cannot(treatment), used.cannot(treatment)], [["anything"], ["anything"]]);
  assert.equal(counting.asked, 1);
  assert.deepEqual(used.copyPort({ name: "ids0", ofport: 1 }), []);
  assert.deepEqual(used.tables, counting.tables);
});

Deno.test("learned flows mean the same only where the tables are the same", () => {
  const [one, other] = [usedPipeline(interpose, 200), usedPipeline(interpose, 100)];
  assert.equal(hasSameTables(one, usedPipeline(interpose, 200)), true);
  assert.equal(hasSameTables(one, other), false);
});
