/** Ports of the owner that TrafficControls name: they stay the owner's, which marks, renumbers and deletes them. @module */
import { type Expected, LENT } from "./expected.ts";
import { defineKind, type Kind, type Need } from "./operations.ts";

const SWITCH: readonly Need[] = ["database", "switch"];
/** The last one comes and goes. The others stay, as Sluice would make ports with their names if they went. */
const [, , PASSING] = LENT;
/** One of the keys by which owners say that a port is for nobody else. */
const MARK = "external_ids:owner";

interface Numbered {
  readonly name: string;
  readonly ofport: number;
}

const numbered = ({ name, ofport }: Numbered, { lent }: Expected) =>
  void lent.set(name, { ...lent.get(name), ofport });

export const LENT_PORTS: readonly Kind[] = [
  defineKind<{ readonly name: string; readonly marked: boolean }>({
    name: "the owner says whether a port is for nobody else",
    weight: 4,
    needs: SWITCH,
    draw: (random, { lent }) => ({
      name: random.pick([...lent.keys()]),
      marked: random.chance(30),
    }),
    expect: ({ name, marked }, { lent }) => {
      if (lent.has(name)) lent.get(name)!.marked = marked;
    },
    run: ({ name, marked }, world) =>
      world.onBoth([
        "--if-exists",
        ...(marked
          ? ["set", "port", name, `${MARK}=x`]
          : ["remove", "port", name, ...MARK.split(":")]),
      ]),
  }),
  defineKind<Numbered>({
    name: "the owner renumbers a port that it lends",
    weight: 2,
    needs: SWITCH,
    draw: (random, expected) => ({
      name: random.pick([...expected.lent.keys()]),
      ofport: expected.nextOfport(),
    }),
    expect: (args, expected) => {
      if (expected.lent.has(args.name)) numbered(args, expected);
    },
    run: ({ name, ofport }, world) => world.renumberLent(name, ofport),
  }),
  defineKind<Numbered>({
    name: "the owner deletes or adds a port that it lends",
    weight: 4,
    needs: SWITCH,
    draw: (_, expected) => ({
      name: PASSING,
      ofport: expected.lent.has(PASSING) ? 0 : expected.nextOfport(),
    }),
    expect: ({ name, ofport }, { lent }) => {
      if (ofport === 0) lent.delete(name);
      else lent.set(name, { ofport });
    },
    run: ({ name, ofport }, world) =>
      ofport === 0 ? world.deleteLent(name) : world.addLent(name, ofport),
  }),
];
