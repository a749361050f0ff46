/** The schema of the port that a target returns: only what Linux and Open vSwitch accept. Pure. @module */
import Type from "typebox";
import { schemaProblems } from "../objects/validate.ts";

const Name = Type.String({
  pattern: "^[!-$&-.0-9;-~]{1,15}$",
  description: "1 to 15 printable ASCII characters, none of them / : or %.",
});
const Row = {
  name: Name,
  type: Type.String(),
  options: Type.Record(Type.String(), Type.String()),
};
const closed = { additionalProperties: false };
const Port = Type.Object({
  ...Row,
  identity: Type.String({ minLength: 1 }),
  farEnd: Type.Optional(Type.Object({ ...Row, bridge: Type.String({ minLength: 1 }) }, closed)),
}, closed);

/** What is wrong with the port that a target returned. */
export function portProblems(port: unknown): string[] {
  const wrong = schemaProblems(Port, port);
  if (wrong.length > 0) {
    return wrong.map(({ path, message }) => `returns a port of which ${path || "all"} ${message}`);
  }
  const { name, farEnd } = port as { name: string; farEnd?: { name: string } };
  return farEnd?.name === name ? [`returns a far end with the name of its port, "${name}"`] : [];
}
