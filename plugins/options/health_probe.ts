/** Option `healthProbe`: how Sluice finds out whether the sensor of a redirect works. @module */
import Type, { type Static } from "typebox";
import {
  DEFAULT_PROBE,
  defineOption,
  type OptionRule,
  type ProbeSettings,
  type Problem,
} from "../../core/api.ts";
import { durationSchema, milliseconds } from "./_duration.ts";

/** As users write them. */
const DEFAULTS = {
  ...DEFAULT_PROBE,
  interval: `${DEFAULT_PROBE.interval}ms`,
  timeout: `${DEFAULT_PROBE.timeout}ms`,
};
const SHORTEST = { interval: "50ms", timeout: "20ms" } as const;
const LONGEST_INTERVAL = "1m";
/** More than anybody waits for: at the default interval so many probes take 20 s. */
const LARGEST_THRESHOLD = 100;
const LARGEST_PORT = 0xffff;
/** With its headers such a probe still fits into an Ethernet frame of 1500 bytes. */
const LARGEST_SIZE = 1400;

/** Matches addresses of one station: neither 0.0.0.0/8 nor 224.0.0.0 and above. RE2 and JavaScript read it alike. */
const NOT_UNICAST = "^(0|22[4-9]|2[345][0-9])[.]";
const UNICAST = "must be a unicast address";

const whole = (minimum: number, maximum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum, maximum, description }));
const threshold = (description: string) => whole(1, LARGEST_THRESHOLD, description);
const address = (description: string) =>
  Type.Optional(Type.String({
    format: "ipv4",
    description,
    "x-kubernetes-validations": [{
      rule: `!self.matches(${JSON.stringify(NOT_UNICAST)})`,
      message: UNICAST,
    }],
  }));

const PROBE = Type.Object({
  interval: Type.Optional(durationSchema(
    `Time from one probe to the next, such as 200ms, 1s or 1m: ${SHORTEST.interval} to ${LONGEST_INTERVAL}; ` +
      `${DEFAULTS.interval} if absent.`,
  )),
  timeout: Type.Optional(durationSchema(
    `Time within which a probe must come back, such as 100ms or 1s: ${SHORTEST.timeout} up to the interval; ` +
      `${DEFAULTS.timeout}, or the interval if that is shorter, if absent.`,
  )),
  failureThreshold: threshold(
    `Number of lost probes in a row after which the sensor is down; ${DEFAULTS.failureThreshold} if absent.`,
  ),
  successThreshold: threshold(
    `Number of probes in a row that come back before the sensor is used again; ${DEFAULTS.successThreshold} if absent.`,
  ),
  protocol: Type.Optional(Type.Enum(["UDP", "ICMP"], {
    description:
      `Protocol of the probes, which the sensor must let pass; ${DEFAULTS.protocol} if absent.`,
  })),
  sourceIP: address(`One end of the probes, an IPv4 address; ${DEFAULTS.sourceIP} if absent.`),
  destinationIP: address(
    `The other end of the probes, an IPv4 address; ${DEFAULTS.destinationIP} if absent.`,
  ),
  port: whole(1, LARGEST_PORT, `Both UDP ports of the probes; ${DEFAULTS.port} if absent.`),
  size: whole(
    0,
    LARGEST_SIZE,
    `Number of bytes that are added to each probe; ${DEFAULTS.size} if absent.`,
  ),
});
type Probe = Static<typeof PROBE>;

const ABOUT = {
  interval: `must be ${SHORTEST.interval} to ${LONGEST_INTERVAL}`,
  timeout: `must be ${SHORTEST.timeout} or longer`,
  order: "must not be longer than interval",
  ends: "must be another address than sourceIP",
} as const;

/** The value of a field in CEL. */
const orDefault = (field: "interval" | "sourceIP" | "destinationIP") =>
  `(has(self.${field}) ? self.${field} : "${DEFAULTS[field]}")`;
const RULES: readonly OptionRule[] = [
  {
    rule:
      `!has(self.interval) || (duration(self.interval) >= duration("${SHORTEST.interval}") && ` +
      `duration(self.interval) <= duration("${LONGEST_INTERVAL}"))`,
    message: `interval ${ABOUT.interval}`,
  },
  {
    rule: `!has(self.timeout) || duration(self.timeout) >= duration("${SHORTEST.timeout}")`,
    message: `timeout ${ABOUT.timeout}`,
  },
  {
    rule: `!has(self.timeout) || duration(self.timeout) <= duration(${orDefault("interval")})`,
    message: `timeout ${ABOUT.order}`,
  },
  {
    rule: `${orDefault("sourceIP")} != ${orDefault("destinationIP")}`,
    message: `destinationIP ${ABOUT.ends}`,
  },
];

function timeProblems({ interval = DEFAULTS.interval, timeout }: Probe): Problem[] {
  const between = milliseconds(interval);
  const isInterval = milliseconds(SHORTEST.interval) <= between &&
    between <= milliseconds(LONGEST_INTERVAL);
  const within = timeout === undefined ? undefined : milliseconds(timeout);
  const isShort = within !== undefined && within < milliseconds(SHORTEST.timeout);
  const isLong = within !== undefined && within > between;
  return [
    ...(isInterval ? [] : [{ path: "/interval", message: `${ABOUT.interval}: is ${interval}` }]),
    ...(isShort ? [{ path: "/timeout", message: `${ABOUT.timeout}: is ${timeout}` }] : []),
    ...(isLong
      ? [{ path: "/timeout", message: `${ABOUT.order} (${interval}): is ${timeout}` }]
      : []),
  ];
}

function addressProblems({ sourceIP, destinationIP }: Probe): Problem[] {
  const wrong = Object.entries({ sourceIP, destinationIP }).filter(([, ip]) =>
    ip !== undefined && new RegExp(NOT_UNICAST).test(ip)
  );
  const ends = [sourceIP ?? DEFAULTS.sourceIP, destinationIP ?? DEFAULTS.destinationIP];
  return [
    ...wrong.map(([field, ip]) => ({ path: `/${field}`, message: `${UNICAST}: is ${ip}` })),
    ...(ends[0] === ends[1]
      ? [{ path: "/destinationIP", message: `${ABOUT.ends}: is ${ends[1]}` }]
      : []),
  ];
}

/** All values. Without a timeout of its own, a probe with a short interval has no longer a timeout than that. */
function withDefaults(probe: Probe): ProbeSettings {
  const interval = milliseconds(probe.interval ?? DEFAULTS.interval);
  const timeout = probe.timeout === undefined
    ? Math.min(DEFAULT_PROBE.timeout, interval)
    : milliseconds(probe.timeout);
  return { ...DEFAULT_PROBE, ...probe, interval, timeout };
}

export default defineOption({
  field: "healthProbe",
  docs:
    "Sends probes through the sensor of a redirect to find out whether it works; {} means all defaults. A redirect with " +
    "failureMode Open has probes in any case.",
  schema: PROBE,
  example: { interval: "200ms", timeout: "100ms", failureThreshold: 3 },
  goesWith: "hops",
  check: (probe) => [...timeProblems(probe), ...addressProblems(probe)],
  rules: RULES,
  effect: (probe) => ({ hop: { healthProbe: withDefaults(probe) } }),
});
