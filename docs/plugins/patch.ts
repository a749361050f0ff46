/**
 * Target `patch`: sends packets into another bridge of the same Open vSwitch, through two patch ports that are each
 * other's peer. The flows of that bridge decide what happens to the packets there. A Redirect needs such a target for
 * `targetPort` and another one for `returnPort`.
 * @module
 */
import type { PluginApi } from "./sluice.d.ts";

export const version = "1.0.0";

/** The name of the far end is the port's name with this behind it. It has at most 15 bytes. */
const FAR = "-far";

export default (api: PluginApi) =>
  api.defineTarget({
    kind: "patch",
    docs: "Sends packets into another bridge of the same Open vSwitch.",
    lifetime: "named",
    schema: api.Type.Object({
      bridge: api.Type.String({
        pattern: "^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,14}$",
        description: "The other bridge, which is there already.",
      }),
      name: api.Type.String({
        pattern: "^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,10}$",
        description: `Name of the port; the other bridge's has ${FAR} behind it.`,
      }),
    }),
    example: { bridge: "br-ids", name: "ids0" },
    port: ({ bridge, name }) => ({
      name,
      type: "patch",
      options: { peer: name + FAR },
      identity: name,
      farEnd: { bridge, name: name + FAR, type: "patch", options: { peer: name } },
    }),
  });
