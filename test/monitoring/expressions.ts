/** The expressions of the dashboard and of the alert rules, as Prometheus is asked for them. @module */
import { join } from "node:path";
import { parse } from "yaml";
import { MONITORING } from "./prometheus.ts";

export interface Expression {
  /** The panel or the alert that has it. */
  readonly of: string;
  readonly text: string;
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

export async function readDashboard() {
  return JSON.parse(await Deno.readTextFile(join(MONITORING, "dashboard.json")));
}

/** What Grafana puts in the place of its variables: all of them are chosen, and a scrape comes each second. */
const VARIABLES: Readonly<Record<string, string>> = {
  "$job": ".*",
  "$instance": ".*",
  "$__rate_interval": "30s",
};

export async function dashboardExpressions(): Promise<Expression[]> {
  const { panels } = await readDashboard() as { panels: readonly Panel[] };
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      of: title,
      text: Object.entries(VARIABLES)
        .reduce((text, [name, value]) => text.replaceAll(name, () => value), expr),
    }))
  );
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
}

export async function readRules(): Promise<Rule[]> {
  const { groups } = parse(await Deno.readTextFile(join(MONITORING, "alerts.yaml")));
  return groups.flatMap(({ rules }: { rules: Rule[] }) => rules);
}

export async function alertExpressions(): Promise<Expression[]> {
  return (await readRules()).map(({ alert, expr }) => ({ of: alert, text: expr }));
}

/** A number that no series has. */
const NO_VALUE = "-12345";

/**
 * The same expression for what is there, in place of what is wrong: its comparisons are true, and packets need not have been
 * dropped. So it has data if all that it names is there.
 */
export function ofWhatIsThere(text: string): string {
  return text.replace(/ (==|>) [\d.e]+/g, ` != bool ${NO_VALUE}`).replace(',what="dropped"', "");
}

/** The names of metrics in an expression, as the table of metrics has them. */
export function metricsIn(text: string): string[] {
  return [...text.matchAll(/\b(?:sluice|process)_[a-z_]+/g)]
    .map(([name]) => name.replace(/_bucket$/, ""));
}
