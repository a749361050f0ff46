/** Messages of a bundle, from ovs-ofctl's texts. @module */
import { type BundleMessage, parseFlow, parseGroup } from "../mod.ts";

export const add = (text: string): BundleMessage => ({
  type: "flow_mod",
  command: "add",
  flow: parseFlow(text),
});
export const group = (text: string): BundleMessage => ({
  type: "group_mod",
  command: "add",
  group: parseGroup(text),
});
