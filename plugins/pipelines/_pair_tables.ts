/** The tables behind the mirrors: to a pair, back to the bridge, and back from a pair. @module */
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
        matches: "a drop in either treatment",
        does: "dropped",
        fields: [egress, ingress],
        leadsTo: [],
        counts: "dropped",
      },
      {
        name: "unverified",
        priority: 45,
        matches: "`unverified`, to a redirected Pod",
        does: "dropped: a pair would launder the source",
        fields: [ingress, state],
        leadsTo: [],
      },
      {
        name: "egress",
        priority: 40,
        matches: "egress redirect, first time",
        does: "learn the port, to the pair",
        fields: [egress, state],
        leadsTo: ["Restore"],
        counts: "redirected",
      },
      {
        name: "ingressTagged",
        priority: 36,
        matches: "ingress redirect, first time, tagged, to an access port",
        does: "learn port and tag, to the pair without the VLAN tag",
        fields: [ingress, state, "vlan_vid"],
        leadsTo: ["Restore"],
        counts: "redirected",
      },
      {
        name: "ingress",
        priority: 35,
        matches: "ingress redirect, first time",
        does: "learn the port, to the pair",
        fields: [ingress, state],
        leadsTo: ["Restore"],
        counts: "redirected",
      },
      {
        name: "inspected",
        priority: 30,
        matches: "it comes from the ingress redirect's pair",
        does: "HandBack",
        fields: [ingress, state],
        leadsTo: ["HandBack"],
      },
      {
        name: "nextTagged",
        priority: 21,
        matches: "it comes from the egress redirect's pair, tagged, to an access port",
        does: "as 36, to the ingress redirect's pair",
        fields: [ingress, state, "vlan_vid"],
        leadsTo: ["Restore"],
        counts: "redirected",
      },
      {
        name: "next",
        priority: 20,
        matches: "it comes from the egress redirect's pair",
        does: "as 35, to the ingress redirect's pair",
        fields: [ingress],
        leadsTo: ["Restore"],
        counts: "redirected",
      },
      {
        name: "other",
        priority: 0,
        matches: "anything else",
        does: "HandBack",
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
        matches: "anything",
        does: "registers cleared, table 0",
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
        matches: "source and destination MAC of a packet that lost its tag",
        does: "the port and the tag that were learned",
        fields: ["eth_src", "eth_dst"],
        leadsTo: [],
      },
      {
        name: "localPod",
        priority: 20,
        matches: "a local Pod's source MAC",
        does: "the Pod's port",
        fields: ["eth_src"],
        leadsTo: [],
      },
      {
        name: "learned",
        priority: 10,
        matches: "the source MAC of a packet that was sent to a pair",
        does: "the port that was learned",
        fields: ["eth_src"],
        leadsTo: [],
      },
    ],
  },
  {
    name: "RestorePort",
    rows: [
      {
        name: "tagged",
        priority: 2,
        matches: "a tag was taken off",
        does: "`in_port` and the tag again; Source",
        fields: [tag],
        leadsTo: ["Source"],
      },
      {
        name: "unknown",
        priority: 1,
        matches: "the port that it came from is not known",
        does: "dropped",
        fields: [original],
        leadsTo: [],
      },
      {
        name: "known",
        priority: 0,
        matches: "anything else",
        does: "`in_port` again; Source",
        fields: [],
        leadsTo: ["Source"],
      },
    ],
  },
] as const satisfies readonly TableDeclaration[];
