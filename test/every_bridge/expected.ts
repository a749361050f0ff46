/** What the agent says of the files on every bridge, in the words of `state.ts`. @module */
import { NODE } from "./bridge.ts";

/** The name of a tunnel's port follows from its options, so it is the same everywhere. */
const TUNNEL = "vxlan-86adc9f4";
const PAIR = { target: "tap0", return: "tap1" } as const;

/** A Pod of the file that has no interface yet. */
const NO_PORT = {
  reason: "NoPort",
  message: 'No resolver finds a port of Pod "default/db-new" on the bridge',
  cure: "is it there, or does it need the annotation sluice.dev/ovs-port?",
};

const both = (treatment: object) => ({ egress: treatment, ingress: treatment });
const mirrored = (...mirrors: readonly string[]) => both({ mirrors });
const REDIRECTED = both({ mirrors: [], redirect: PAIR });

interface Found {
  readonly namespace: string;
  readonly name: string;
  /** The end of its MAC. */
  readonly number: string;
  readonly treatments?: object;
}

/** A Pod with one port. */
const found = ({ namespace, name, number, treatments }: Found) => ({
  namespace,
  name,
  ports: [{
    name: `port of ${name}`,
    macs: [`0a:58:0a:0a:00:${number}`],
    ips: [`10.10.0.${Number(number)}`, `fd00:10::${Number(number)}`],
    ...treatments,
  }],
  conditions: [],
});

const CONTROLS = [
  {
    name: "mirror-db-to-local",
    action: "Mirror",
    direction: "Both",
    target: "ids0",
    realized: false,
    pods: ["default/db", "default/db-new"],
    conditions: [NO_PORT],
  },
  {
    name: "mirror-web-app",
    action: "Mirror",
    direction: "Both",
    target: TUNNEL,
    realized: true,
    pods: ["default/web"],
    conditions: [],
  },
  {
    name: "redirect-prod-to-local",
    action: "Redirect",
    direction: "Both",
    ...PAIR,
    realized: true,
    pods: ["prod/cart", "prod/shop"],
    conditions: [],
  },
  {
    name: "web-dns",
    action: "Mirror",
    direction: "Both",
    target: "ids0",
    realized: true,
    pods: ["default/web"],
    conditions: [],
  },
];

export const STATE = {
  node: NODE,
  bridge: "BRIDGE",
  conditions: [],
  trafficControls: CONTROLS,
  pods: [
    found({ namespace: "default", name: "client", number: "04" }),
    found({ namespace: "default", name: "db", number: "02", treatments: mirrored("ids0") }),
    { namespace: "default", name: "db-new", ports: [], conditions: [NO_PORT] },
    found({
      namespace: "default",
      name: "web",
      number: "01",
      treatments: mirrored(TUNNEL, "ids0"),
    }),
    found({ namespace: "prod", name: "cart", number: "05", treatments: REDIRECTED }),
    found({ namespace: "prod", name: "shop", number: "03", treatments: REDIRECTED }),
  ],
  ports: [{ name: "ids0" }, { name: "tap0" }, { name: "tap1" }, { name: TUNNEL }],
  sensors: [],
  issues: [],
  plugins: [],
};
