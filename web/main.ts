/** Starts the page: what the server sends is kept, and drawn at most once for each picture of the screen. @module */
import { h, render } from "preact";
import { App, type Model } from "./app.ts";
import { Feed } from "./feed.ts";
import { Rates } from "./rates.ts";
import { Store } from "./store.ts";
import type { ControlState } from "./types.ts";
import { packets } from "./words.ts";

/** What the browser's own tools show of an update: what its event took, and the elements. */
const MEASURE = "sluice-update";
/** Milliseconds that the events since the last picture took. */
let spent = 0;

const root = document.getElementById("page")!;
const [store, rates] = [new Store(), new Rates()];
let model: Model = { store, rates, link: "waiting", detail: "" };
let isDue = false;

function draw(): void {
  isDue = false;
  const begin = performance.now();
  render(h(App, { model, onToken: (token) => feed.useToken(token) }), root);
  performance.measure(MEASURE, { start: begin - spent, end: performance.now() });
  spent = 0;
}

function show(more: Partial<Model>): void {
  model = { ...model, ...more };
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(draw);
}

/** Puts what an event says into the store. */
function take(put: () => void): void {
  const begin = performance.now();
  put();
  if (store.mode === "node") {
    const controls = store.list<ControlState>("trafficControls");
    rates.take(store.at, new Map(controls.map((control) => [control.name, packets(control)])));
  }
  show({ detail: "" });
  spent += performance.now() - begin;
}

const feed = new Feed({
  onWhole: (whole) => take(() => store.replace(whole)),
  onChange: (change) => take(() => store.apply(change)),
  onProblem: (detail) => show({ detail }),
  onLink: (link, detail) => {
    if (link !== "live") show({ link, detail });
    else if (model.link !== "live") show({ link });
  },
});

draw();
void feed.run();
