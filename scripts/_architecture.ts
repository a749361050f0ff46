/** The rooms of `core/` as `docs/architecture.md` shows them, from the table that `scripts/check_deps.ts` enforces. @module */
import { table } from "./_markdown.ts";
import { HOUSE, type Room } from "./_rooms.ts";

const CORE = "core/";
const nameOf = (path: string) => `\`${path.slice(CORE.length)}\``;

/** Paths of rooms in `core/`, in few words: those of one folder as that folder with a star. */
function names(imports: readonly string[]): string {
  const inside = imports.filter((path) => path.startsWith(CORE)).map(nameOf);
  return inside.length === 0 ? "nothing" : inside.join(", ");
}

/** One row a room, the ground first: a room imports only what stands above it. */
export function roomsTable(rooms: readonly Room[] = HOUSE.rooms): string {
  const inCore = rooms.filter(({ path }) => path.startsWith(CORE));
  return table([
    ["room", "what is in it", "may import"],
    ...inCore.map(({ path, purpose, imports }) => [nameOf(path), purpose, names(imports)]),
  ]);
}
