/** Operations of a second agent on the bridge. @module */
import { defineKind, type Kind } from "./operations.ts";
import type { Change } from "./second.ts";

export const SECOND_AGENT: readonly Kind[] = [
  defineKind<Change>({
    name: "a second agent starts or ends",
    weight: 4,
    draw: (random, { hasSecond }) => hasSecond ? random.pick(["ended", "killed"]) : "started",
    expect: (change, expected) => void (expected.hasSecond = change === "started"),
    run: (change, world) => world.second.become(change),
  }),
];
