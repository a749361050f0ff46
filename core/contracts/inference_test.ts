/** What authors write is typed by what they declare: each `@ts-expect-error` fails `deno check` if it is not. */
import assert from "node:assert/strict";
import Type from "typebox";
import { defineAction, defineTarget } from "./mod.ts";

const schema = Type.Object({ peer: Type.String(), vni: Type.Optional(Type.Integer()) });
const common = { kind: "wire", docs: "Sends packets away.", lifetime: "named", schema } as const;

Deno.test("a target's spec has the type of its schema", () => {
  const target = defineTarget({
    ...common,
    example: { peer: "a" },
    check: ({ peer }) => peer.startsWith("a") ? [] : [{ path: "/peer", message: "must be a..." }],
    port: ({ peer, vni = 0 }) => ({
      name: peer.slice(0, 15),
      type: "gre",
      options: { key: vni.toString() },
      identity: peer,
    }),
  });
  assert.equal(target.port({ peer: "ab" }).options.key, "0");
});

Deno.test("a target's spec has nothing else", () => {
  const port = { name: "a", type: "", options: {}, identity: "a" };
  defineTarget({
    ...common,
    example: { peer: "a" },
    // @ts-expect-error `pear` is no field of the schema.
    port: ({ pear }) => ({ ...port, name: pear }),
  });
  // @ts-expect-error The example lacks what the schema requires.
  defineTarget({ ...common, example: { vni: 1 }, port: () => port });
  // @ts-expect-error A port needs an identity.
  defineTarget({ ...common, example: { peer: "a" }, port: () => ({ name: "a", type: "" }) });
  assert.equal(schema.required.join(), "peer");
});

Deno.test("an action has the ports that it requires", () => {
  const head = { name: "Copy", docs: "Copies.", targetPort: "required" } as const;
  const copy = defineAction({
    ...head,
    returnPort: "forbidden",
    treat: ({ target }) => ({ copies: [{ to: [target] }] }),
  });
  defineAction({
    ...head,
    returnPort: "forbidden",
    // @ts-expect-error There is no return port.
    treat: ({ target, returnPort }) => ({ hops: [{ pairs: [{ target, return: returnPort }] }] }),
  });
  // @ts-expect-error A port cannot be made up.
  defineAction({ ...head, returnPort: "required", treat: () => ({ copies: [{ to: ["eth0"] }] }) });
  assert.equal(copy.name, "Copy");
});
