import assert from "node:assert/strict";
import { LIMITS } from "../base/limits.ts";
import { Channel, TooLongError } from "./channel.ts";

Deno.test("two channels of one memory take turns, with texts of any length up to the limit", () => {
  const owner = new Channel();
  const guest = new Channel(owner.memory);
  assert.equal(owner.fromGuest(1), undefined, "the guest has not written yet");
  for (const text of ["", "zwölf \u{1f98a}", "x".repeat(1_000_000), "short again"]) {
    guest.toOwner(text);
    assert.equal(owner.fromGuest(0), text);
    assert.equal(guest.fromOwner(1), undefined, "it is the owner's turn");
    owner.toGuest(`${text}!`);
    assert.equal(guest.fromOwner(0), `${text}!`);
  }
  assert.throws(() => guest.toOwner("x".repeat(LIMITS.pluginMessage + 1)), TooLongError);
  guest.toOwner("it can still be used");
  assert.equal(owner.fromGuest(0), "it can still be used");
});
