/** Option `nonIP`: copies of ARP and IPv6 neighbour discovery, too. @module */
import Type from "typebox";
import { defineOption } from "../../core/api.ts";

export default defineOption({
  field: "nonIP",
  docs:
    "Copies ARP and IPv6 neighbour discovery, too, each packet as a whole: rules, sampling, truncateBytes and rateLimit are " +
    "about other packets. Of broadcast and multicast, a Pod receives what asks for one of its addresses.",
  schema: Type.Boolean(),
  example: true,
  goesWith: "copies",
  effect: (nonIP) => nonIP ? { copy: { nonIP } } : {},
});
