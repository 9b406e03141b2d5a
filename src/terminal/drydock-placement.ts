/** The scheduler's record of a pod as `drydock why` shows it: node by node what each plugin gave, or who ruled it out. */

/** A decision as engine/diagnose explains it. */
export interface ShownPlacement {
  readonly node: string;
  readonly fitting: number;
  readonly total: number;
  readonly roomMade?: { readonly node: string; readonly victims: readonly string[] };
  /** The best first, then those that were ruled out. */
  readonly nodes: readonly {
    readonly node: string;
    readonly total: number;
    readonly plugins: readonly { readonly name: string; readonly raw: number; readonly weighted: number }[];
    readonly rejected?: { readonly plugin: string; readonly reasons: readonly string[] };
  }[];
}

/** Lines for more nodes tell nothing new. */
const MOST_NODES = 10;

export function placementLines(placement: ShownPlacement): string[] {
  const { node, fitting, total, nodes, roomMade } = placement;
  const best = fitting > 1 ? ", and none scored more" : "";
  const fit = `${fitting} of ${total} ${total === 1 ? "node" : "nodes"} that it looked at ${fitting === 1 ? "fits" : "fit"}`;
  const head = `The scheduler chose ${node}: ${fit}${best}.`;
  const room = roomMade === undefined ? [] : [`On ${roomMade.node} it pushed out ${roomMade.victims.join(", ")}.`];
  const rows = nodes.slice(0, MOST_NODES).flatMap(rowsOf);
  const rest = nodes.length - MOST_NODES;
  return [head, ...room, ...aligned([HEADER, ...rows]), ...(rest > 0 ? [`and ${rest} more nodes`] : [])];
}

const HEADER = ["NODE", "PLUGIN", "RAW", "WEIGHTED"];

function rowsOf({ node, total, plugins, rejected }: ShownPlacement["nodes"][number]): string[][] {
  if (rejected !== undefined) return [[node, rejected.plugin, rejected.reasons.join(", ")]];
  if (plugins.length === 0) return [[node, "the only one that fits: not scored"]];
  return [
    ...plugins.map(({ name, raw, weighted }, at) => [at === 0 ? node : "", name, String(raw), String(weighted)]),
    ["", "(total)", "", String(total)],
  ];
}

/** Columns as wide as what is in them; what is last in its row may be longer. */
function aligned(rows: readonly string[][]): string[] {
  const widths = HEADER.map((_, column) =>
    Math.max(...rows.filter((row) => row.length > column + 1).map((row) => row[column]?.length ?? 0), 0),
  );
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd((widths[column] ?? 0) + 3))
      .join("")
      .trimEnd(),
  );
}
