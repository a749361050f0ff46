/** Whether everybody can use a page, as far as axe-core can say. @module */
import axeCore from "axe-core";
import type { Tab } from "../lab/browser.ts";

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** The serious and critical faults of what the tab shows. It is added by the DevTools, which the page's policy allows. */
export async function axe({ page }: Tab): Promise<string[]> {
  if (!await page.evaluate("'axe' in globalThis")) await page.evaluate(axeCore.source);
  // A transition of colours is over
  await page.evaluate("Promise.all(document.getAnimations().map(({ finished }) => finished))");
  const found = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })") as {
    readonly violations: readonly Violation[];
  };
  return found.violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
}
