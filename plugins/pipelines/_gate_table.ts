/**
 * Declaration of the table before redirects with rules. A packet comes here when the filter of the rules has been asked.
 * @module
 */
import type { TableDeclaration } from "../../core/api.ts";
import { REGISTER } from "./_layout.ts";

const { choice, state } = REGISTER;

export const GATE_TABLES = [
  {
    name: "Gate",
    rows: [
      {
        name: "beenThere",
        priority: 35,
        matches: "to a pair of the receiver's chain that the packet was in as the sender's",
        does: "to Divert, as if it was back from the pair",
        fields: [state],
        leadsTo: ["Divert"],
      },
      {
        name: "ofSenderChain",
        priority: 34,
        matches: "`hit`, back from a pair that is in the sender's chain",
        does: "note that it was there for the sender, then to Divert again",
        fields: [choice, state],
        leadsTo: ["Divert"],
      },
      {
        name: "ofReceiverChain",
        priority: 33,
        matches: "the same, but not `hit`",
        does: "note that it was there for the receiver, then to Divert again",
        fields: [choice],
        leadsTo: ["Divert"],
      },
      {
        name: "split",
        priority: 32,
        matches: "`hit`, broadcast or multicast that is back from the sender's pair",
        does: "mark it to be split, then to Divert again",
        fields: [choice, state],
        leadsTo: ["Divert"],
      },
      {
        name: "drop",
        priority: 31,
        matches: "`hit`, and what is hit is dropped",
        does: "dropped",
        fields: [choice, state],
        leadsTo: ["Count"],
      },
      {
        name: "unverified",
        priority: 30,
        matches: "`hit` and `unverified`",
        does: "dropped: behind the pair its source would look verified",
        fields: [state],
        leadsTo: [],
      },
      {
        name: "foreignTag",
        priority: 29,
        matches: "`hit` and `foreign tag`, on the way to the receiver's pair",
        does: "dropped: behind the pair its VLAN would look verified",
        fields: [choice, state],
        leadsTo: [],
      },
      {
        name: "tagged",
        priority: 28,
        matches: "`hit`; the packet has a VLAN tag that it must lose",
        does: "to Restore, which learns the sender, then to Balance",
        fields: [choice, state],
        leadsTo: ["Restore", "Balance"],
      },
      {
        name: "ofSender",
        priority: 27,
        matches: "`hit`, on the way to the sender's pair",
        does: "as above, with its tag",
        fields: [choice, state],
        leadsTo: ["Restore", "Balance"],
      },
      {
        name: "hit",
        priority: 26,
        matches: "`hit`",
        does: "to Restore, which learns the sender, then to Balance",
        fields: [state],
        leadsTo: ["Restore", "Balance"],
      },
      {
        name: "chainPasses",
        priority: 21,
        matches: "anything else, asked for a pair of a chain",
        does: "to Divert, as if it was back from the pair",
        fields: [choice],
        leadsTo: ["Divert"],
      },
      {
        name: "senderPasses",
        priority: 20,
        matches: "anything else, asked for the sender's redirect or drop",
        does: "note that it passes that, then to Divert again",
        fields: [choice],
        leadsTo: ["Divert"],
      },
      {
        name: "floodPasses",
        priority: 19,
        matches: "anything else, broadcast or multicast that is split",
        does: "to Divert, as if it was back from the pair",
        fields: [choice],
        leadsTo: ["Divert"],
      },
      {
        name: "receiverPasses",
        priority: 18,
        matches: "anything else, asked for the receiver's drop",
        does: "note that it passes that, then to Divert again",
        fields: [choice],
        leadsTo: ["Divert"],
      },
      {
        name: "passes",
        priority: 10,
        matches: "anything else: it passes the receiver's redirect",
        does: "to HandBack",
        fields: [],
        leadsTo: ["HandBack"],
      },
    ],
  },
] as const satisfies readonly TableDeclaration[];
