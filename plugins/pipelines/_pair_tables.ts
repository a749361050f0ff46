/** Declarations of the tables after those that copy: to a pair, back to the bridge, and back from a pair. @module */
import type { TableDeclaration } from "../../core/api.ts";
import { REGISTER } from "./_layout.ts";

const { state, egress, ingress, original, tag } = REGISTER;

export const PAIR_TABLES = [
  {
    name: "Divert",
    rows: [
      {
        name: "drop",
        priority: 50,
        matches: "the egress or the ingress treatment drops",
        does: "dropped",
        fields: [egress, ingress],
        leadsTo: [],
        counts: "dropped",
      },
      {
        name: "unverified",
        priority: 45,
        matches: "`unverified`, to a redirected Pod",
        does: "dropped: behind the pair its source would look verified",
        fields: [ingress, state],
        leadsTo: [],
      },
      {
        name: "egress",
        priority: 40,
        matches: "egress redirect, not back from a pair",
        does: "learn the sender's port, then to the pair",
        fields: [egress, state],
        leadsTo: ["Restore"],
        counts: "redirected",
      },
      {
        name: "ingressTagged",
        priority: 36,
        matches:
          "ingress redirect, not back from a pair, with a VLAN tag that the receiver's port removes",
        does: "learn the sender's port and the tag, then to the pair without the tag",
        fields: [ingress, state, "vlan_vid"],
        leadsTo: ["Restore"],
        counts: "redirected",
      },
      {
        name: "ingress",
        priority: 35,
        matches: "ingress redirect, not back from a pair",
        does: "learn the sender's port, then to the pair",
        fields: [ingress, state],
        leadsTo: ["Restore"],
        counts: "redirected",
      },
      {
        name: "inspected",
        priority: 30,
        matches: "back from the pair of the ingress redirect",
        does: "to HandBack",
        fields: [ingress, state],
        leadsTo: ["HandBack"],
      },
      {
        name: "nextTagged",
        priority: 21,
        matches:
          "back from the pair of the egress redirect, with a VLAN tag that the receiver's port removes",
        does:
          "learn the sender's port and the tag, then to the pair of the ingress redirect without the tag",
        fields: [ingress, state, "vlan_vid"],
        leadsTo: ["Restore"],
        counts: "redirected",
      },
      {
        name: "next",
        priority: 20,
        matches: "back from the pair of the egress redirect",
        does: "learn the sender's port, then to the pair of the ingress redirect",
        fields: [ingress],
        leadsTo: ["Restore"],
        counts: "redirected",
      },
      {
        name: "other",
        priority: 0,
        matches: "anything else",
        does: "to HandBack",
        fields: [],
        leadsTo: ["HandBack"],
      },
    ],
  },
  {
    name: "HandBack",
    rows: [
      {
        name: "any",
        priority: 0,
        matches: "any packet",
        does: "clear the registers, then to table 0",
        fields: [],
        leadsTo: ["Bridge"],
      },
    ],
  },
  {
    name: "Restore",
    rows: [
      {
        name: "learnedTag",
        priority: 25,
        matches: "source and destination MAC of a packet that was sent to a pair without its tag",
        does: "find the port and the tag that were learned",
        fields: ["eth_src", "eth_dst"],
        leadsTo: [],
      },
      {
        name: "localPod",
        priority: 20,
        matches: "a local Pod's source MAC",
        does: "find the Pod's port",
        fields: ["eth_src"],
        leadsTo: [],
      },
      {
        name: "learned",
        priority: 10,
        matches: "the source MAC of a packet that was sent to a pair",
        does: "find the port that was learned",
        fields: ["eth_src"],
        leadsTo: [],
      },
    ],
  },
  {
    name: "RestorePort",
    rows: [
      {
        name: "refresh",
        priority: 3,
        matches: "a packet mark that no packet has; only on some bridges, see below",
        does: "dropped",
        fields: ["pkt_mark"],
        leadsTo: [],
      },
      {
        name: "tagged",
        priority: 2,
        matches: "a port and a tag were found",
        does: "set `in_port` to that port again, add the tag, then to Source",
        fields: [tag],
        leadsTo: ["Source"],
      },
      {
        name: "unknown",
        priority: 1,
        matches: "no port was found",
        does: "dropped",
        fields: [original],
        leadsTo: [],
      },
      {
        name: "known",
        priority: 0,
        matches: "anything else",
        does: "set `in_port` to that port again, then to Source",
        fields: [],
        leadsTo: ["Source"],
      },
    ],
  },
] as const satisfies readonly TableDeclaration[];
