/** Declarations of the tables after those that copy: to a pair, and back to the bridge. @module */
import type { TableDeclaration } from "../../core/api.ts";
import { REGISTER } from "./_layout.ts";

const { state, egress, ingress, copy, tag } = REGISTER;

export const PAIR_TABLES = [
  {
    name: "Divert",
    rows: [
      {
        name: "drop",
        priority: 51,
        matches: "the egress or the ingress treatment drops",
        does: "dropped; with rules, to Filter and Gate",
        fields: [egress, ingress, state],
        leadsTo: ["Count", "Filter", "Gate"],
      },
      {
        name: "floodForeignTag",
        priority: 50,
        matches: "`foreign tag`, broadcast or multicast",
        does: "dropped: NORMAL drops it, too",
        fields: ["eth_dst", state],
        leadsTo: [],
      },
      {
        name: "floodVLAN",
        priority: 49,
        matches: "broadcast or multicast, if its VLAN matters",
        does: "to CopyOnce, which finds the VLAN, then to Divert again",
        fields: ["eth_dst", tag],
        leadsTo: ["CopyOnce", "Divert"],
      },
      {
        name: "floodSender",
        priority: 48,
        matches: "broadcast or multicast, back from the pair of the sender's redirect",
        does: "mark it to be split, then to Divert again",
        fields: ["eth_dst", egress, copy, state],
        leadsTo: ["Divert", "Filter", "Gate"],
      },
      {
        name: "deliver",
        priority: 47,
        matches: "the same, back from the pair of a receiver; or a blocked one's rules pass it",
        does: "to the receivers of this pair, or with these rules",
        fields: ["eth_dst", "vlan_vid", copy, state, tag],
        leadsTo: [],
      },
      {
        name: "deliverOther",
        priority: 46,
        matches: "the same, of a VLAN that no port names",
        does: "to the receivers of this pair",
        fields: ["eth_dst", "vlan_vid", copy, state, tag],
        leadsTo: [],
      },
      {
        name: "unverified",
        priority: 45,
        matches: "`unverified` or `foreign tag`, to a redirected Pod",
        does: "dropped: behind the pair its source, or its VLAN, would look verified",
        fields: [ingress, state],
        leadsTo: [],
      },
      {
        name: "floodUnverified",
        priority: 44,
        matches: "`unverified`, broadcast or multicast, for a pair of the receivers",
        does: "dropped, as above",
        fields: ["eth_dst", copy, state],
        leadsTo: [],
      },
      {
        name: "floodOwn",
        priority: 43,
        matches:
          "broadcast or multicast for a pair of the receivers, or for blocked ones, from the only one of them",
        does: "nothing: the bridge does not send it back",
        fields: ["in_port", "eth_dst", copy, tag],
        leadsTo: [],
      },
      {
        name: "floodTagged",
        priority: 42,
        matches:
          "broadcast or multicast for a pair of the receivers, with a VLAN tag that they do not get",
        does: "to Restore, which learns the sender, then to the pair without the tag",
        fields: ["eth_dst", "vlan_vid", copy, state],
        leadsTo: ["Restore", "Balance", "Count", "Filter", "Gate"],
      },
      {
        name: "flood",
        priority: 41,
        matches: "broadcast or multicast for a pair of the receivers, or for blocked ones",
        does:
          "to Restore, which learns the sender, then to the pair; for blocked ones dropped, with rules to Filter and Gate",
        fields: ["eth_dst", copy],
        leadsTo: ["Restore", "Balance", "Count", "Filter", "Gate"],
      },
      {
        name: "egress",
        priority: 40,
        matches: "egress redirect, not back from a pair",
        does: "to Restore, which learns the sender, then to the pair",
        fields: [egress, state],
        leadsTo: ["Restore", "Balance", "Count", "Filter", "Gate"],
      },
      {
        name: "floodFirst",
        priority: 39,
        matches: "broadcast or multicast that has been in no pair",
        does: "mark it to be split, then to Divert again",
        fields: ["eth_dst", copy, state],
        leadsTo: ["Divert"],
      },
      {
        name: "split",
        priority: 38,
        matches: "broadcast or multicast to be split, of a VLAN of redirected receivers",
        does:
          "to each of their pairs and to the other ports of the VLAN; to HandBack with the source as destination",
        fields: ["eth_dst", "vlan_vid", state, tag],
        leadsTo: ["Divert", "HandBack"],
      },
      {
        name: "splitOther",
        priority: 37,
        matches: "the same, of a VLAN that no port names",
        does: "as above",
        fields: ["eth_dst", "vlan_vid", state, tag],
        leadsTo: ["Divert", "HandBack"],
      },
      {
        name: "ingressTagged",
        priority: 36,
        matches:
          "ingress redirect, not back from a pair, with a VLAN tag that the receiver's port removes",
        does: "to Restore, which learns the sender, then to the pair without the tag",
        fields: [ingress, state, "vlan_vid"],
        leadsTo: ["Restore", "Balance", "Count", "Filter", "Gate"],
      },
      {
        name: "ingress",
        priority: 35,
        matches: "ingress redirect, not back from a pair",
        does: "to Restore, which learns the sender, then to the pair",
        fields: [ingress, state],
        leadsTo: ["Restore", "Balance", "Count", "Filter", "Gate"],
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
          "to Restore, which learns the sender, then to the pair of the ingress redirect without the tag",
        fields: [ingress, state, "vlan_vid"],
        leadsTo: ["Restore", "Balance", "Count", "Filter", "Gate"],
      },
      {
        name: "next",
        priority: 20,
        matches: "back from the pair of the egress redirect",
        does: "to Restore, which learns the sender, then to the pair of the ingress redirect",
        fields: [ingress],
        leadsTo: ["Restore", "Balance", "Count", "Filter", "Gate"],
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
] as const satisfies readonly TableDeclaration[];
