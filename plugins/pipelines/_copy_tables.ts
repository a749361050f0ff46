/** Declarations of the tables that copy packets. @module */
import type { TableDeclaration } from "../../core/api.ts";
import { REGISTER } from "./_layout.ts";

const { state, egress, ingress, copy, tag } = REGISTER;

export const COPY_TABLES = [
  {
    name: "MirrorOut",
    rows: [
      {
        name: "ownCopy",
        priority: 30,
        matches: "Sluice's own copy",
        does: "to Divert: it is not copied again",
        fields: [state],
        leadsTo: ["Divert"],
      },
      {
        name: "treated",
        priority: 20,
        matches: "egress treatment, not back from a pair",
        does: "a copy to each mirror of the egress treatment, then to MirrorIn",
        fields: [egress, state],
        leadsTo: ["Balance", "Count", "MirrorIn"],
      },
      {
        name: "first",
        priority: 10,
        matches: "anything else that is not back from a pair",
        does: "to MirrorIn",
        fields: [state],
        leadsTo: ["MirrorIn"],
      },
      {
        name: "returned",
        priority: 0,
        matches: "back from a pair: the sender's copies are made",
        does: "to Divert",
        fields: [],
        leadsTo: ["Divert"],
      },
    ],
  },
  {
    name: "MirrorIn",
    rows: [
      {
        name: "flood",
        priority: 32,
        matches: "broadcast or multicast, if its VLAN matters",
        does: "to CopyOnce, which finds the VLAN, then to MirrorIn again",
        fields: ["eth_dst", tag],
        leadsTo: ["CopyOnce", "MirrorIn"],
      },
      {
        name: "floodedInVLAN",
        priority: 31,
        matches: "broadcast or multicast of a VLAN that a Pod's port names",
        does: "to CopyOnce for each mirror of a Pod that receives it, then to Divert",
        fields: ["eth_dst", tag],
        leadsTo: ["CopyOnce", "Divert"],
      },
      {
        name: "flooded",
        priority: 30,
        matches: "broadcast or multicast of another VLAN",
        does: "as above, for Pods whose ports carry all VLANs",
        fields: ["eth_dst", tag],
        leadsTo: ["CopyOnce", "Divert"],
      },
      {
        name: "treated",
        priority: 20,
        matches: "ingress treatment",
        does: "to CopyOnce for each mirror of the ingress treatment, then to Divert",
        fields: [ingress],
        leadsTo: ["CopyOnce", "Divert"],
      },
      {
        name: "other",
        priority: 0,
        matches: "anything else",
        does: "to Divert",
        fields: [],
        leadsTo: ["Divert"],
      },
    ],
  },
  {
    name: "CopyOnce",
    rows: [
      {
        name: "sender",
        priority: 21,
        matches: "broadcast or multicast from the only Pod with this mirror",
        does: "nothing: the bridge does not send it back",
        fields: ["in_port", copy, tag],
        leadsTo: [],
      },
      {
        name: "sent",
        priority: 20,
        matches: "a mirror that the egress treatment has, too",
        does: "nothing: this mirror has its copy already",
        fields: [egress, copy],
        leadsTo: [],
      },
      {
        name: "priorityTag",
        priority: 12,
        matches: "no mirror; a packet with the tag of VLAN 0, which only says a priority",
        does: "remove the tag, as NORMAL does, then to CopyOnce again",
        fields: ["vlan_vid", copy],
        leadsTo: ["CopyOnce"],
      },
      {
        name: "sendTagged",
        priority: 11,
        matches: "another mirror; the packet has a VLAN tag that the receiver's port removes",
        does: "a copy without the tag to the mirror",
        fields: [copy, state, "vlan_vid"],
        leadsTo: ["Balance", "Count"],
      },
      {
        name: "send",
        priority: 10,
        matches: "another mirror",
        does: "a copy to the mirror",
        fields: [copy],
        leadsTo: ["Balance", "Count"],
      },
      {
        name: "vlanOfPort",
        priority: 9,
        matches: "no mirror; from a port with a VLAN of its own",
        does: "note the port's VLAN",
        fields: ["in_port", "vlan_vid", copy],
        leadsTo: [],
      },
      {
        name: "vlanOfTag",
        priority: 8,
        matches: "no mirror; another packet with a VLAN tag",
        does: "note the tag's VLAN",
        fields: ["vlan_vid", copy],
        leadsTo: [],
      },
      {
        name: "noVLAN",
        priority: 7,
        matches: "no mirror; anything else",
        does: "note VLAN 0",
        fields: [copy],
        leadsTo: [],
      },
    ],
  },
] as const satisfies readonly TableDeclaration[];
