/** Option `healthProbe`: its values, its forms, its effect. */
import assert from "node:assert/strict";
import { judge } from "./testing/judge.ts";

const ANNOTATION = "sluice.dev/health-probe";
const DEFAULTS = {
  interval: 200,
  timeout: 100,
  failureThreshold: 3,
  successThreshold: 15,
  protocol: "UDP",
  sourceIP: "198.18.81.206",
  destinationIP: "198.19.81.206",
  port: 20942,
  size: 0,
};
type Fields = Readonly<Record<string, unknown>>;

const EFFECTS: readonly [given: Fields, differs: Fields][] = [
  [{}, {}],
  [{ interval: "1m", timeout: "1m" }, { interval: 60_000, timeout: 60_000 }],
  [{ interval: "50ms", timeout: "20ms" }, { interval: 50, timeout: 20 }],
  [{ interval: "50ms" }, { interval: 50, timeout: 50 }],
  [{ interval: "1s500ms" }, { interval: 1500 }],
  [{ timeout: "200ms" }, { timeout: 200 }],
  [{ failureThreshold: 1, successThreshold: 1 }, { failureThreshold: 1, successThreshold: 1 }],
  [{ failureThreshold: 100, successThreshold: 100 }, {
    failureThreshold: 100,
    successThreshold: 100,
  }],
  [{ protocol: "ICMP", size: 1400, port: 65535 }, { protocol: "ICMP", size: 1400, port: 65535 }],
  [{ sourceIP: "192.0.2.1" }, { sourceIP: "192.0.2.1" }],
  [{ sourceIP: "198.19.81.206", destinationIP: "198.18.81.206" }, {
    sourceIP: "198.19.81.206",
    destinationIP: "198.18.81.206",
  }],
];

Deno.test.each(EFFECTS)("healthProbe: %o changes %o of the defaults", (given, differs) => {
  const wanted = { healthProbe: { ...DEFAULTS, ...differs } };
  assert.deepEqual(judge("Redirect", { healthProbe: given }), wanted);
  const text = JSON.stringify(given);
  assert.deepEqual(judge("Redirect", {}, { [ANNOTATION]: text }), wanted);
});

const FITS_NOT = (description: string) => `does not fit: ${description}`;
const INTERVAL = FITS_NOT(
  "Time from one probe to the next, such as 200ms, 1s or 1m: 50ms to 1m; 200ms if absent",
);
const TIMEOUT = FITS_NOT(
  "Time within which a probe must come back, such as 100ms or 1s: 20ms up to the interval; 100ms, or the interval if " +
    "that is shorter, if absent",
);

/** Each case: a value, and its problems as `path: message`. */
const WRONG: readonly [given: unknown, problems: readonly string[]][] = [
  ["on", [': must be object: is "on"']],
  [[], [": must be object: is a list"]],
  [{ period: "1s" }, ["/period: is an unknown field"]],
  [{ interval: 200 }, ["/interval: must be string: is 200"]],
  [{ interval: "200" }, [`/interval: ${INTERVAL}: is "200"`]],
  [{ interval: "1.5s" }, [`/interval: ${INTERVAL}: is "1.5s"`]],
  [{ timeout: "-1s" }, [`/timeout: ${TIMEOUT}: is "-1s"`]],
  [{ interval: "" }, ["/interval: must not have fewer than 1 characters"]],
  [{ interval: "49ms", timeout: "20ms" }, ["/interval: must be 50ms to 1m: is 49ms"]],
  [{ interval: "1m1ms" }, ["/interval: must be 50ms to 1m: is 1m1ms"]],
  [{ timeout: "19ms" }, ["/timeout: must be 20ms or longer: is 19ms"]],
  [{ timeout: "201ms" }, ["/timeout: must not be longer than interval (200ms): is 201ms"]],
  [{ interval: "1s", timeout: "1s1ms" }, [
    "/timeout: must not be longer than interval (1s): is 1s1ms",
  ]],
  [{ failureThreshold: 0 }, ["/failureThreshold: must be >= 1: is 0"]],
  [{ failureThreshold: 101 }, ["/failureThreshold: must be <= 100: is 101"]],
  [{ successThreshold: 101 }, ["/successThreshold: must be <= 100: is 101"]],
  [{ successThreshold: 1.5 }, ["/successThreshold: must be integer: is 1.5"]],
  [{ protocol: "TCP" }, ['/protocol: must be one of UDP, ICMP: is "TCP"']],
  [{ sourceIP: "2001:db8::1" }, ['/sourceIP: must match format "ipv4"']],
  [{ sourceIP: "224.0.0.1" }, ["/sourceIP: must be a unicast address: is 224.0.0.1"]],
  [{ destinationIP: "0.0.0.0" }, ["/destinationIP: must be a unicast address: is 0.0.0.0"]],
  [{ destinationIP: "255.255.255.255" }, [
    "/destinationIP: must be a unicast address: is 255.255.255.255",
  ]],
  [{ sourceIP: "198.19.81.206" }, [
    "/destinationIP: must be another address than sourceIP: is 198.19.81.206",
  ]],
  [{ destinationIP: "198.18.81.206" }, [
    "/destinationIP: must be another address than sourceIP: is 198.18.81.206",
  ]],
  [{ port: 0 }, ["/port: must be >= 1: is 0"]],
  [{ port: 65536 }, ["/port: must be <= 65535: is 65536"]],
  [{ size: -1 }, ["/size: must be >= 0: is -1"]],
  [{ size: 1401 }, ["/size: must be <= 1400: is 1401"]],
];

Deno.test.each(WRONG)("healthProbe: %o is wrong: %o", (healthProbe, problems) => {
  const at = (path: string) => problems.map((each) => `${path}${each}`);
  assert.deepEqual(judge("Redirect", { healthProbe }), at("/spec/healthProbe"));
  const annotations = { [ANNOTATION]: JSON.stringify(healthProbe) };
  assert.deepEqual(
    judge("Redirect", {}, annotations),
    at("/metadata/annotations/sluice.dev~1health-probe"),
  );
});

Deno.test("healthProbe: a mirror has none", () =>
  assert.deepEqual(judge("Mirror", { healthProbe: {} }), [
    "/spec/healthProbe: must be absent for action Mirror",
  ]));
