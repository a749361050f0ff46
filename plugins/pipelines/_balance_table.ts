/** Declaration of the table that chooses one of several ports for a packet, or lets it pass a hop. @module */
import type { TableDeclaration } from "../../core/api.ts";
import { REGISTER } from "./_layout.ts";

const { choice, chosen } = REGISTER;

export const BALANCE_TABLES = [
  {
    name: "Balance",
    rows: [
      {
        name: "none",
        priority: 31,
        matches: "no port was chosen: none can be used",
        does: "dropped; if the redirect fails open, to Divert, as if it was back from the pair",
        fields: [choice, chosen],
        leadsTo: ["Divert"],
      },
      {
        name: "sendUntagged",
        priority: 30,
        matches: "a port was chosen, and the packet has a VLAN tag that it must lose",
        does: "to that port, without the tag",
        fields: [choice, "vlan_vid"],
        leadsTo: ["Count"],
      },
      {
        name: "send",
        priority: 29,
        matches: "a port was chosen",
        does: "to that port",
        fields: [choice],
        leadsTo: ["Count"],
      },
      {
        name: "open",
        priority: 20,
        matches: "a redirect that is open, as no sensor answers",
        does: "to Divert, as if it was back from the pair",
        fields: [choice],
        leadsTo: ["Divert"],
      },
      {
        name: "fragments",
        priority: 12,
        matches: "a fragment of IPv6",
        does: "mark it, as later fragments have no ports: choose by addresses, in Balance again",
        fields: ["eth_type", "ip_frag", choice],
        leadsTo: ["Balance"],
      },
      {
        name: "udp",
        priority: 11,
        matches: "UDP over IPv6, of which fragments must go where the others go",
        does: "mark it in the same way, then to Balance again",
        fields: ["eth_type", "ip_proto", choice],
        leadsTo: ["Balance"],
      },
      {
        name: "chooseByAddresses",
        priority: 10,
        matches: "the same, for packets that are marked to be chosen for by addresses",
        does: "choose one by a hash of the addresses, then to Balance again",
        fields: [choice],
        leadsTo: ["Balance"],
      },
      {
        name: "choose",
        priority: 9,
        matches: "a set of ports",
        does: "choose one by a hash, see `balanceBy`, then to Balance again",
        fields: [choice],
        leadsTo: ["Balance"],
      },
    ],
  },
] as const satisfies readonly TableDeclaration[];
