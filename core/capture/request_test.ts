import assert from "node:assert/strict";
import { LIMITS } from "../base/limits.ts";
import { CaptureRefused, readRequest } from "./request.ts";

const read = (query: string) => readRequest(new URLSearchParams(query));

Deno.test("a request says its target, rules and limits", () => {
  assert.deepEqual(read("target=pod/prod/web-1&rules=[{}]&count=9&duration=30000&snaplen=96"), {
    target: { pod: "prod/web-1" },
    rules: [{}],
    count: 9,
    duration: 30_000,
    snapLength: 96,
  });
  assert.deepEqual(read("target=tc/mirror-web"), {
    target: { control: "mirror-web" },
    duration: LIMITS.captureTime,
    snapLength: 65535,
  });
});

const REFUSED = [
  ["", /neither tc\/NAME nor pod\/NAMESPACE\/NAME/],
  ["target=pod/web-1", /"pod\/web-1": neither/],
  ["target=tc/a/b", /neither/],
  ["target=svc/a", /neither/],
  ["target=tc/a&count=0", /count "0": not a number from 1 /],
  ["target=tc/a&count=9x", /count "9x"/],
  [
    `target=tc/a&duration=${LIMITS.captureTime + 1}`,
    /duration "3600001": not a number from 1 to 3600000/,
  ],
  ["target=tc/a&snaplen=13", /snaplen "13": not a number from 14 to 65535/],
  ["target=tc/a&rules={", /not JSON/],
] as const;

Deno.test.each(REFUSED)(
  "a wrong request is refused: %s",
  (query, message) => {
    assert.throws(() => read(query), (error: Error) => {
      assert.ok(error instanceof CaptureRefused);
      assert.equal(error.status, 400);
      assert.match(error.message, message);
      return true;
    });
  },
);
