/** What is wrong, first and with its cure: the same words about several subjects stand there once. @module */
import { h } from "preact";
import { useState } from "preact/hooks";
import { div, element, span, type View } from "./dom.ts";
import { type Level, levelOf, LEVELS, type Told } from "./words.ts";

/** A condition, and what has it. */
export interface Problem extends Told {
  readonly subject: string;
}

interface Group extends Told {
  readonly level: Level;
  readonly subjects: readonly string[];
}

/** Groups that are shown at first, and subjects of one. */
const [MOST_GROUPS, MOST_SUBJECTS] = [6, 8];

/** The worst first, those with the same words together. */
export function grouped(problems: readonly Problem[]): Group[] {
  const byWords = Map.groupBy(
    problems,
    ({ reason, message, warning }) => JSON.stringify([reason, message, warning]),
  );
  const groups = [...byWords.values()].map((same) => {
    const { subject: _, ...told } = same[0]!;
    return { ...told, level: levelOf(told), subjects: same.map(({ subject }) => subject) };
  });
  return groups.sort((one, other) => LEVELS.indexOf(one.level) - LEVELS.indexOf(other.level));
}

interface ProblemsOptions {
  readonly problems: readonly Problem[];
  /** What a source cannot read, a line each. */
  readonly issues: readonly string[];
}

export function Problems({ problems, issues }: ProblemsOptions): View {
  const [isWhole, setWhole] = useState(false);
  const groups = grouped(problems);
  const cards = [
    ...issues.map((issue) => ({ level: "problem", reason: "Issue", message: issue, subjects: [] })),
    ...groups,
  ] as readonly Group[];
  if (cards.length === 0) {
    return h("p", { class: "well" }, span("dot ok"), "Nothing is wrong: all is as it should be");
  }
  const shown = isWhole ? cards : cards.slice(0, MOST_GROUPS);
  const more = cards.length - shown.length;
  return h(
    "section",
    { class: "problems", "aria-label": "Problems" },
    h("ul", null, shown.map(card)),
    more > 0 &&
      h("button", { class: "more", type: "button", onClick: () => setWhole(true) }, `${more} more`),
  );
}

function card({ level, reason, message, cure, subjects }: Group): View {
  const named = subjects.slice(0, MOST_SUBJECTS).join(", ");
  const more = subjects.length - MOST_SUBJECTS;
  return h(
    "li",
    { class: `note ${level}` },
    div(
      "line",
      span(`level ${level}`, level),
      element("strong", "", reason),
      span("subjects", more > 0 ? `${named} and ${more} more` : named),
    ),
    element("p", "message", message),
    cure !== undefined && element("p", "cure", span("label", "Cure"), " ", cure),
  );
}

/** The conditions of one subject, as part of its details. */
export function conditions(told: readonly Told[]): View | undefined {
  if (told.length === 0) return undefined;
  return h(
    "ul",
    { class: "conditions" },
    told.map((each) =>
      card({
        ...each,
        level: levelOf(each),
        subjects: [],
      })
    ),
  );
}
