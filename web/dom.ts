/** Short ways to describe elements. Every text becomes a text node. @module */
import { type ComponentChildren, h, type VNode } from "preact";

/** What is shown: an element with any properties. */
// deno-lint-ignore no-explicit-any -- VNode<{}> is not what `h` returns for elements with properties
export type View = VNode<any>;

export type Children = readonly ComponentChildren[];

/** An element with a class. */
export const element = (tag: string, name: string, ...children: Children): View =>
  h(tag, { class: name }, ...children);

export const div = (name: string, ...children: Children): View => element("div", name, ...children);

export const span = (name: string, ...children: Children): View =>
  element("span", name, ...children);

/** A term and what it is, for a list of descriptions; nothing if there is nothing to say. */
export function described(term: string, value: ComponentChildren): View | undefined {
  if (value === undefined || value === "") return undefined;
  return h("div", { class: "described" }, h("dt", null, term), h("dd", null, value));
}
