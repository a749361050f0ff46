/** The page of a running agent, in a real Chromium. */
import assert from "node:assert/strict";
import { LIMITS } from "../../core/base/limits.ts";
import type { State } from "../../core/report/state.ts";
import { internal, sluice, trafficControl } from "../lab/agent.ts";
import { Browser, type Tab, withBrowser } from "../lab/browser.ts";
import { eventually } from "../lab/ovs.ts";
import { axe } from "./accessible.ts";
import { picture } from "./screenshots.ts";
import { mirror, openPage, ORIGIN, Scene } from "./scene.ts";

/** Milliseconds. */
const SECOND = 1000;
/** Milliseconds that it may take on a busy machine to read the state, to send and to draw it. */
const READING = 500;

async function told({ lab: { ovs } }: Scene): Promise<State> {
  return JSON.parse((await sluice(ovs, "status", "-o", "json")).stdout);
}

const shows = (text: string) =>
  `document.querySelector("[role=grid]").innerText.includes(${JSON.stringify(text)})`;

/** Chooses a tab by its number, and waits until its table is there. */
async function choose(tab: Tab, number: "1" | "2" | "3" | "4", name: string): Promise<string[][]> {
  await tab.page.keyboard.press(number);
  await tab.until(`document.querySelector("[role=grid]")?.ariaLabel === "${name}"`);
  return await tab.rows();
}

const packets = ({ copied, redirected }: State["trafficControls"][number]) =>
  [copied, redirected].flatMap((both) => [both?.egress, both?.ingress])
    .reduce((sum, each) => sum + (each?.packets ?? 0), 0);

async function sameAsStatus(scene: Scene, tab: Tab): Promise<void> {
  const state = await told(scene);
  const controls = new Map((await tab.rows()).map((row) => [row[0], row]));
  assert.equal(controls.size, state.trafficControls.length);
  for (const control of state.trafficControls) {
    const row = controls.get(control.name)!;
    assert.equal(row[2], `${control.action} ${control.direction}`);
    assert.equal(row[3], control.target);
    assert.equal(row[5], `${control.pods.length}`);
    assert.equal(Number(row[6]!.replaceAll(",", "")), packets(control), control.name);
  }
  const notes = (await tab.texts(".note")).join("\n");
  for (
    const { reason, message, cure } of state.trafficControls.flatMap((each) => each.conditions)
  ) {
    assert.ok(notes.includes(reason) && notes.includes(message.slice(0, 25)), notes);
    if (cure) assert.ok(notes.includes(cure), notes);
  }
  const pods = await choose(tab, "2", "Pods");
  const named = state.pods.flatMap(({ namespace, name, ports }) =>
    ports.map((port) => [namespace, name, port.name, `${port.ofport}`])
  );
  assert.deepEqual(pods.map((row) => row.slice(0, 4)), named);
  assert.equal(pods[0]![4], "mirror tap0");
  const ports = await choose(tab, "3", "Ports");
  assert.deepEqual(
    ports.map(([name, number]) => [name, number]),
    state.ports.map(({ name, ofport }) => [name, `${ofport}`]),
  );
  assert.deepEqual((await choose(tab, "4", "Sensors")).map((row) => row.slice(0, 3)), [[
    "ips0",
    "ips1",
    "down",
  ]]);
  await choose(tab, "1", "TrafficControls");
}

async function isLive({ lab: { agent } }: Scene, tab: Tab): Promise<void> {
  const seen = tab.until(shows("new-one")).then(() => performance.now());
  const known = eventually("the agent knows it", async () => {
    const { trafficControls } = await agent.state();
    return trafficControls.some(({ name }) => name === "new-one");
  }).then(() => performance.now());
  await agent.write("new.yaml", mirror("new-one", "nothing", internal("tap1")));
  const late = await seen - await known;
  assert.ok(
    late < LIMITS.eventPause + READING,
    `the page shows it ${late} ms after the agent's state does`,
  );
  await agent.delete("new.yaml");
  await tab.until(`!(${shows("new-one")})`);
}

const HOSTILE = "<img src=x onerror=alert(1)>\u001b[31m\u202e";

async function staysText({ lab: { agent } }: Scene, tab: Tab): Promise<void> {
  const spec = { appliedTo: {}, direction: HOSTILE, action: HOSTILE, targetPort: {} };
  await agent.write("hostile.yaml", trafficControl("hostile", spec));
  await tab.until(shows("hostile"));
  const notes = (await tab.texts(".note")).join("\n");
  assert.ok(notes.includes("<img src=x onerror=alert(1)>"), notes);
  assert.ok(notes.includes(String.raw`\u001b[31m`), notes);
  assert.doesNotMatch(notes.replaceAll("\n", ""), /\p{Cc}|\p{Cf}/u);
  assert.equal(await tab.page.$("img"), null);
  await agent.delete("hostile.yaml");
  await tab.until(`!(${shows("hostile")})`);
}

const focused = (tab: Tab, expression: string) => tab.until(`document.activeElement.${expression}`);

async function keysWork(tab: Tab): Promise<void> {
  const { keyboard } = tab.page;
  await keyboard.press("/");
  await focused(tab, 'matches("input[type=search]")');
  await keyboard.type("database");
  await tab.until('document.querySelectorAll("[role=grid] .space [role=row]").length === 1');
  await keyboard.press("ArrowDown");
  await focused(tab, 'matches("[role=grid]")');
  await keyboard.press("Enter");
  await tab.until('document.querySelector(".details h2").innerText === "inspect-database"');
  assert.match(await tab.text(".details"), /If the sensor fails\s+Open/);
  await keyboard.press("Escape");
  await tab.until('document.querySelector(".details") === null');
  await focused(tab, 'matches("[role=grid]")');
  await keyboard.press("Escape");
  await tab.until('document.querySelectorAll("[role=grid] .space [role=row]").length === 3');
  const active = () =>
    tab.page.$eval("[role=grid]", (grid) => grid.getAttribute("aria-activedescendant"));
  for (
    const [key, row] of [["End", "row-2"], ["k", "row-1"], ["ArrowUp", "row-0"], [
      "j",
      "row-1",
    ]] as const
  ) {
    await keyboard.press(key);
    await tab.until(
      `document.querySelector("[role=grid]").getAttribute("aria-activedescendant") === "${row}"`,
    );
  }
  assert.equal(await active(), "row-1");
  await tab.until('getComputedStyle(document.activeElement).outlineStyle === "solid"');
}

async function isAccessible(tab: Tab): Promise<void> {
  const background = 'getComputedStyle(document.body).getPropertyValue("background")';
  const before = await tab.page.evaluate(background);
  assert.deepEqual(await axe(tab), []);
  await tab.page.keyboard.press("Enter");
  await tab.until('document.querySelector(".details") !== null');
  assert.deepEqual(await axe(tab), []);
  await tab.page.click("button.scheme");
  await tab.until(`${background} !== "${before}"`);
  assert.deepEqual(await axe(tab), []);
  await tab.page.keyboard.press("Escape");
  await tab.page.reload();
  await tab.until('document.querySelector("[role=grid]") !== null');
  await tab.until(`${background} !== "${before}"`); // it is kept
  assert.deepEqual(await axe(tab), []);
  await tab.page.click("button.scheme");
}

async function pictures(scene: Scene, tab: Tab, small: Tab): Promise<void> {
  await Promise.all([scene.traffic(), scene.traffic(), openChart(tab)]);
  await picture(tab, "node");
  await tab.page.click("button.scheme");
  await tab.page.keyboard.press("j");
  await tab.page.keyboard.press("Home");
  await tab.page.keyboard.press("j");
  await tab.page.keyboard.press("Enter");
  await tab.until('document.querySelector(".details canvas") !== null');
  await tab.page.evaluate("scrollTo(0, 0)");
  await picture(tab, "details");
  await tab.page.keyboard.press("Escape");
  await tab.page.click("button.scheme");
  await small.page.bringToFront();
  await small.until('document.querySelector(".plot canvas") !== null');
  await picture(small, "narrow");
}

/** Waits until the page has drawn some rates. */
async function openChart(tab: Tab): Promise<void> {
  await tab.page.bringToFront();
  await tab.until('/copied [1-9]/.test(document.querySelector("figcaption").innerText)');
}

const test = withBrowser({
  name: "the page shows the node's state, live, for every user",
  fn: async (t) => {
    await using scene = await Scene.start();
    await using browser = await Browser.start(scene.lab.ovs.netns);
    const tab = await openPage(browser);
    let small = tab;
    await scene.traffic();
    await t.step("what it shows is what sluice status -o json says", async () => {
      await tab.until(shows("300"));
      await sameAsStatus(scene, tab);
    });
    await t.step(
      "a change is there within a second, and the time to read it",
      () => isLive(scene, tab),
    );
    await t.step("texts of objects stay texts", () => staysText(scene, tab));
    await t.step("it can be used by the keyboard alone", () => keysWork(tab));
    await t.step("axe finds nothing serious, light and dark", () => isAccessible(tab));
    await t.step("at 400 pixels nothing is cut off", async () => {
      small = await openPage(browser, 400);
      await small.page.bringToFront();
      assert.equal(await small.page.evaluate("document.documentElement.scrollWidth"), 400);
      assert.deepEqual(await axe(small), []);
      small.isClean(ORIGIN);
    });
    await t.step("docs/seeing has its pictures", () => pictures(scene, tab, small));
    await t.step("the agent is away and comes back: so does the page", async () => {
      await tab.page.bringToFront();
      await scene.lab.agent.stop();
      await tab.until('document.querySelector(".link.lost") !== null');
      scene.lab.agent.startAgain();
      await tab.until('document.querySelector(".link.live") !== null', 30 * SECOND);
      tab.forgive(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE/);
    });
    tab.isClean(ORIGIN); // no error, no violation of the policy, no request elsewhere
  },
});
Deno.test(test);
