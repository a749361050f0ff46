/** The flows of captures: what pipelines write for a port goes to the connection of a session, through its meter. */
import assert from "node:assert/strict";
import { CAPTURE, CAPTURE_PLACES, OWN_COOKIE } from "../../base/marks.ts";
import type { Row } from "../../contracts/mod.ts";
import { formatFlow, match } from "../../openflow/mod.ts";
import {
  captureMeter,
  captureName,
  capturePort,
  directionOf,
  placeOfMeter,
  withCaptures,
} from "./captures.ts";
import { toFlow } from "./mark_rows.ts";

const ROW: Row = {
  table: 202,
  priority: 20,
  match: match({ reg14: 5 }),
  actions: [
    { type: "output", port: 7 },
    { type: "output", port: capturePort(captureName(1))!.ofport },
    {
      type: "clone",
      actions: [{
        type: "output",
        port: capturePort(captureName(0))!.ofport,
        maxLength: 96,
      }],
    },
  ],
};

const flowsOf = (part: string, rows: readonly Row[]) =>
  withCaptures(part, rows).map(toFlow).map(formatFlow);

Deno.test("an output to a session becomes a packet for its connection, through the meter of its direction", () => {
  const [low] = [CAPTURE.meter];
  assert.deepEqual(flowsOf("egress 5", [ROW]), [
    "cookie=0x51ce000000000001, table=202, priority=20,reg14=0x5 " +
    `actions=output:7,controller(id=20944,meter_id=${low + 2}),` +
    `clone(controller(max_len=96,id=20943,meter_id=${low}))`,
  ]);
});

Deno.test.each(
  [
    ["egress 5", "egress"],
    ["ingress 5", "ingress"],
    ["flood", "ingress"],
    ["mirror capture-session:0", "ingress"],
    ["leg m egress 9", "egress"],
    ["leg m ingress 9", "ingress"],
  ] as const,
)("flows of part %s send packets of direction %s, and say so", (part, direction) => {
  const [flow] = withCaptures(part, [ROW]).map(toFlow);
  assert.equal(directionOf(flow!.cookie), direction);
  assert.match(formatFlow(flow!), new RegExp(`meter_id=${captureMeter(0, direction)}`));
});

Deno.test("rows that send nothing to a session stay as they are", () => {
  const row: Row = { ...ROW, actions: [{ type: "output", port: 7 }] };
  assert.deepEqual(withCaptures("egress 5", [row]), [row]);
  assert.equal(directionOf(OWN_COOKIE), undefined);
  assert.equal(directionOf(OWN_COOKIE | 77n), undefined);
});

Deno.test("each place has a port and two meters of its own, and no other meter is taken for one", () => {
  const places = Array.from({ length: CAPTURE_PLACES }, (_, place) => place);
  const directions = ["egress", "ingress"] as const;
  const meters = places.flatMap((place) => directions.map((each) => captureMeter(place, each)));
  assert.equal(new Set(meters).size, 2 * CAPTURE_PLACES);
  for (const place of places) {
    for (const each of directions) assert.equal(placeOfMeter(captureMeter(place, each)), place);
  }
  assert.equal(new Set(places.map((each) => capturePort(captureName(each))!.ofport)).size, 4);
  for (const meter of [undefined, 7, CAPTURE.meter - 1, CAPTURE.meter + 2 * CAPTURE_PLACES]) {
    assert.equal(placeOfMeter(meter), undefined);
  }
  assert.equal(capturePort("tap0"), undefined);
});
