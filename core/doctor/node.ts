/** Checks of the agent, and of what it needs besides Open vSwitch: settings, a clock, a source of objects. @module */
import { cureOf, sentence } from "../contracts/condition.ts";
import {
  type Check,
  defineCheck,
  type Finding,
  ok,
  orElse,
  problem,
  type Verdict,
  warning,
} from "./check.ts";
import { holderInWords, holderNote } from "../observe/holder.ts";
import type { AgentFacts, Facts } from "./facts.ts";
import { foreign } from "../base/foreign_text.ts";
import { known } from "./known.ts";

/** A time before Sluice existed. A clock that shows an earlier time has never been set. */
const BEFORE_SLUICE = Date.UTC(2026, 0, 1);

function lookAtClock(now: number): Verdict {
  const shown = new Date(now).toISOString();
  if (now >= BEFORE_SLUICE) return ok(`The clock is set: ${shown}`);
  return problem(
    `The clock has not been set: ${shown}`,
    "set it, and keep it right by NTP (chrony, systemd-timesyncd)",
  );
}

const PLUGIN_CURE = "mend the file, and send SIGHUP to the agent";

function lookAtAgent(agent: AgentFacts, { bridge, listen }: Facts["config"]): readonly Verdict[] {
  if (agent.state === "absent") {
    return [
      warning(
        `No agent answers at "${listen}" (${agent.error})`,
        "start it, or name its address with --listen",
      ),
    ];
  }
  if (agent.state === "silent") {
    return [
      problem(
        `The agent at "${listen}" gives no answer in time`,
        "see its log and what else the node is busy with; if it stays so, restart it",
      ),
    ];
  }
  if (agent.state === "stranger") {
    return [
      problem(
        `What answers at "${listen}" is no agent of Sluice's`,
        "give the agent another address with --listen",
      ),
    ];
  }
  if (!agent.bridges.includes(bridge)) {
    const others = agent.bridges.map((name) => `"${name}"`).join(" and ");
    return [
      warning(
        `The agent at "${listen}" works on bridge ${others}, not on "${bridge}"`,
        "name the agent's bridge with --bridge, or its address with --listen",
      ),
    ];
  }
  return lookAtRunning(agent, listen);
}

type Running = AgentFacts & { readonly state: "running" };

function lookAtRunning(agent: Running, listen: string): readonly Verdict[] {
  const ofBridge = agent.conditions.map((each) =>
    problem(
      `The agent writes nothing to the bridge: ${each.reason}: ${each.message}`,
      cureOf(each)!,
    )
  );
  const said = new Set(agent.conditions.map(sentence));
  const unready = agent.unready.filter((reason) => !said.has(reason)).map((reason) =>
    problem(`The agent is not ready: ${reason}`, "see what stands in its way above, and its log")
  );
  const plugins = agent.plugins.map((line) => problem(line, PLUGIN_CURE));
  return orElse([...ofBridge, ...unready, ...plugins], `The agent at "${listen}" is ready`);
}

function lookAtHolder(isLocked: boolean, { agent, database, config: { bridge } }: Facts): Verdict {
  const note = "value" in database ? holderNote(database.value, bridge) : undefined;
  if (isLocked) return ok(`Bridge "${bridge}" is in the hands of ${holderInWords(note)}`);
  if (agent.state === "running" && agent.bridges.includes(bridge)) {
    return warning(
      `The agent works on bridge "${bridge}" without the bridge's lock, as earlier versions do, so ` +
        "that a second agent would work against it",
      "upgrade it",
    );
  }
  const last = note === undefined ? "" : `; the last one was ${holderInWords(note)}`;
  return ok(`No agent has bridge "${bridge}" in its hands${last}`);
}

/** The findings of the source's own checks, under the names that the source gives them. */
function lookAtSource({ source }: Facts): readonly Finding[] {
  if ("value" in source) return source.value;
  return [{
    check: "source",
    level: "skipped",
    message: `not looked at, because ${source.unknown}`,
  }];
}

export const NODE: readonly Check[] = [
  defineCheck("config-file", {
    subject: ({ configFile }) => configFile,
    look: ({ error, unknown }) => {
      if (error !== undefined) return [problem(error, "correct the file")];
      const keys = unknown.map((key) => foreign(key)).join(", ");
      return [ok(`Every value can be used${keys && `; keys that Sluice ignores: ${keys}`}`)];
    },
  }),
  defineCheck("clock", {
    subject: ({ now }) => known(now),
    look: (now) => [lookAtClock(now)],
  }),
  lookAtSource,
  defineCheck("holder", {
    subject: ({ isLocked }) => isLocked,
    look: (isLocked, facts) => [lookAtHolder(isLocked, facts)],
  }),
  defineCheck("agent", {
    subject: ({ agent }) => known(agent),
    look: (agent, { config }) => lookAtAgent(agent, config),
  }),
];
