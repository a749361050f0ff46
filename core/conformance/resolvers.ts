/**
 * The properties that every resolver must have. What each built-in resolver finds is tested beside it, with rows as its
 * CNI writes them. @module
 */
import Type from "typebox";
import { isIP } from "node:net";
import type { Pod, PortView, Resolver } from "../contracts/mod.ts";
import { describe, schemaProblems } from "../objects/validate.ts";
import { kebabCase, type Properties, pure, sentence, type Shape } from "./properties.ts";

export const resolverShape: Shape = {
  name: "string",
  docs: "string",
  annotations: "list?",
  marks: "list?",
  trustedAnnotations: "list?",
  resolve: "function",
};

/** The Pod that the resolver is tried with. */
const POD: Pod = Object.freeze({
  namespace: "x",
  name: "y",
  uid: "z",
  annotations: {},
  ips: [],
});
const EMPTY: PortView = { named: () => undefined, withExternalID: () => [] };
/** A bridge where one port carries the Pod's name or UID, under whatever key the resolver looks for. */
const MATCHING: PortView = {
  named: () => undefined,
  withExternalID: (key, value) =>
    value === "y" || value === "z"
      ? [{ name: "p", type: "", external_ids: { [key]: value }, ofport: 1 }]
      : [],
};

/** A key, or `*` and the end of a key. */
const ANNOTATION = /^\*?[A-Za-z0-9._/-]+$/;

const BRIDGES = [
  ["on an empty bridge", EMPTY],
  ["where a port has the external_ids key that it asks for, and no other", MATCHING],
] as const;

/** For `plugins/cni/*.ts` and for resolvers of plugin files. */
export const resolverProperties: Properties<Resolver> = {
  docs: ({ docs }) => sentence(docs),
  name: ({ name }) => kebabCase(name),
  annotations: ({ annotations = [] }) =>
    annotations.filter((key) => typeof key !== "string" || !ANNOTATION.test(key))
      .map((key) => `must be keys of annotations, which may begin with *: is ${describe(key)}`),
  marks: ({ marks = [] }) => texts(marks),
  trustedAnnotations: ({ trustedAnnotations = [] }) => texts(trustedAnnotations),
  resolve: (resolver) => {
    const wrong = BRIDGES.flatMap(([bridge, ports]) =>
      attachmentProblems(resolver.resolve(POD, ports)).map((each) => `${each} (${bridge})`)
    );
    const [found] = wrong.length > 0 ? [] : resolver.resolve(POD, EMPTY);
    if (found) wrong.push(`must find nothing on an empty bridge: finds ${describe(found.port)}`);
    return wrong.length > 0 ? wrong : pure("it", () => resolver.resolve(POD, MATCHING));
  },
};

function texts(list: readonly unknown[]): string[] {
  return list.filter((each) => typeof each !== "string" || each === "").map((each) =>
    `must be a list of keys: has ${describe(each)}`
  );
}

const MAC = "^([0-9a-f]{2}:){5}[0-9a-f]{2}$";
const Attachments = Type.Array(Type.Object({
  port: Type.String({ minLength: 1 }),
  macs: Type.Array(Type.String({ pattern: MAC, description: "A MAC in lower case." })),
  ips: Type.Array(Type.String()),
  match: Type.Enum(["mac", "ip"]),
}, { additionalProperties: false }));

/** What is wrong with the attachments that a resolver returned. */
export function attachmentProblems(attachments: unknown): string[] {
  const wrong = schemaProblems(Attachments, attachments);
  if (wrong.length > 0) {
    return wrong.map(({ path, message }) => `returns at ${path || "/"} what ${message}`);
  }
  return (attachments as readonly { readonly ips: readonly string[] }[]).flatMap(({ ips }) =>
    ips.filter((ip) => isIP(ip) === 0).map((ip) =>
      `returns ${describe(ip)}, which is no IP address`
    )
  );
}
