/** Which addresses a tunnel's far end may have. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { checkRemote } from "./_tunnel.ts";

/** Whether the address of these eight groups is unicast, and not IPv4-mapped: RFC 4291. */
function isUnicast(groups: readonly number[]): boolean {
  const startsWith = (start: readonly number[]) => start.every((group, at) => groups[at] === group);
  const isMulticast = groups[0]! >= 0xff00;
  const isMapped = startsWith([0, 0, 0, 0, 0, 0xffff]);
  return !isMulticast && !isMapped && groups.some((group) => group !== 0);
}

const group = fc.oneof(fc.constantFrom(0, 0xffff, 0xff02, 1), fc.nat(0xffff));
const spelled = fc.tuple(
  fc.array(group, { minLength: 8, maxLength: 8 }),
  fc.nat(8),
  fc.boolean(),
  fc.boolean(),
).map(([groups, squeezed, isLong, isUpper]) => {
  const texts = groups.map((each) => each.toString(16).padStart(isLong ? 4 : 1, "0"));
  const long = texts.join(":");
  // Any one run of zeros may be written as ::
  const runs = [...long.matchAll(/(^|:)0+(:0+)+(?=:|$)/g)];
  const run = runs[squeezed % Math.max(1, runs.length)];
  const short = run
    ? `${long.slice(0, run.index)}::${long.slice(run.index + run[0].length).replace(/^:/, "")}`
    : long;
  return { groups, address: isUpper ? short.toUpperCase() : short };
});

Deno.test("an IPv6 address is unicast or not, however it is spelled", () =>
  fc.assert(
    fc.property(spelled, ({ groups, address }) => {
      assert.equal(checkRemote({ remoteIP: address }).length === 0, isUnicast(groups), address);
    }),
    { numRuns: 3000 },
  ));

Deno.test.each([
  ["::0.0.0.0", false],
  ["::ffff:192.0.2.1", false],
  ["0:0:0:0:0:FFFF:192.0.2.1", false],
  ["64:ff9b::192.0.2.1", true],
  ["0.1.2.3", false],
  ["223.255.255.255", true],
  ["224.0.0.1", false],
  ["10.0.0.224", true],
])("%s is unicast: %o", (remoteIP, expected) => {
  assert.equal(checkRemote({ remoteIP }).length === 0, expected);
});
