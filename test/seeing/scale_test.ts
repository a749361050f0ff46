/** The page with as many Pods and TrafficControls as a node may have: how long an update takes in a real Chromium. */
import assert from "node:assert/strict";
import { delay } from "../../core/base/timer.ts";
import { EVENT_ROUTES, PAGE_ROUTES, serve } from "../../core/report/http.ts";
import { LiveState } from "../../core/report/live_state.ts";
import type { State } from "../../core/report/state.ts";
import { Browser, withBrowser } from "../lab/browser.ts";

const [PODS, CONTROLS] = [250, 1000];
/** Updates that are measured. */
const UPDATES = 8;
/** Milliseconds that half of the updates may take: a picture of the screen that is late by this is not seen. */
const MOST = 100;
/** Rows that are elements, of all. */
const MOST_ROWS = 60;

function stateOf(reading: number): State {
  const packets = (index: number) => ({ packets: reading * (index + 1), bytes: reading * 100 });
  return {
    node: "node1",
    bridge: "br-int",
    conditions: [],
    trafficControls: Array.from({ length: CONTROLS }, (_, index) => ({
      name: `mirror-${String(index).padStart(4, "0")}`,
      action: "Mirror",
      direction: "Both",
      target: `tap${index % 10}`,
      realized: true,
      pods: Array.from({ length: 5 }, (_, pod) => `default/pod-${(index + pod) % PODS}`),
      conditions: [],
      copied: { egress: packets(index), ingress: packets(index) },
    })),
    pods: Array.from({ length: PODS }, (_, index) => ({
      namespace: "default",
      name: `pod-${index}`,
      ports: [{
        name: `veth${index}`,
        ofport: index,
        macs: [],
        ips: [],
        egress: { mirrors: ["tap0"] },
      }],
      conditions: [],
    })),
    ports: [],
    sensors: [],
    flows: 5000,
    issues: [],
    plugins: [],
  };
}

async function measured(browser: Browser, url: string) {
  const tab = await browser.open();
  await tab.page.goto(url);
  await tab.until('document.querySelector("[role=grid]") !== null');
  const updates = () => 'performance.getEntriesByName("sluice-update").length';
  const before = await tab.page.evaluate(updates()) as number;
  await tab.until(`${updates()} >= ${before + UPDATES}`, 60_000);
  const times = await tab.page.evaluate(
    'performance.getEntriesByName("sluice-update").map(({ duration }) => duration)',
  ) as number[];
  const sorted = times.slice(before).sort((a, b) => a - b);
  return { tab, median: sorted[sorted.length >> 1]!, most: sorted.at(-1)! };
}

Deno.test(withBrowser({
  name:
    "250 Pods and 1,000 TrafficControls, all counters of which change: an update takes a moment",
  fn: async () => {
    let reading = 0;
    const live = new LiveState({
      mode: "node",
      read: () => Promise.resolve(stateOf(++reading)),
      changed: (signal) => delay(Infinity, signal),
    });
    const server = serve(
      { listen: "127.0.0.1:0", routes: { ...EVENT_ROUTES, ...PAGE_ROUTES }, names: [] },
      { live },
    );
    try {
      await using browser = await Browser.start();
      const origin = `http://127.0.0.1:${server.address.port}`;
      const { tab, median, most } = await measured(browser, `${origin}/`);
      console.log(
        `  an update takes ${median.toFixed(1)} ms (median), ${most.toFixed(1)} ms (most)`,
      );
      assert.ok(median < MOST, `${median} ms`);
      const rows = () => tab.page.$$eval("[role=grid] .space [role=row]", (all) => all.length);
      assert.ok(await rows() < MOST_ROWS, "only the rows in view are elements");
      await tab.page.keyboard.press("j");
      await tab.page.keyboard.press("End");
      await tab.until('document.querySelector("#row-999")?.innerText.startsWith("mirror-0999")');
      assert.ok(await rows() < MOST_ROWS);
      tab.isClean(origin);
    } finally {
      await server.shutdown();
    }
  },
}));
