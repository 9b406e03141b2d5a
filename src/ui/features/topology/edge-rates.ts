/** How much goes over each drawn line: what the network tells of its own edges, put together as the lines are. */
import type { EdgeRate } from "../../../worker/protocol.ts";
import type { useT } from "../../words/translate.ts";
import type { Edge } from "./edges.ts";

/** Rates by the id of the line. `placeOf` says on which node's dock a pod lies. */
export function ratesOfEdges(
  edges: readonly Edge[],
  rates: ReadonlyMap<string, EdgeRate>,
  placeOf: (pod: string) => string | undefined,
): Map<string, EdgeRate> {
  const found = new Map<string, EdgeRate>();
  if (rates.size === 0) return found;
  const drawn = new Set(edges.map(({ id }) => id));
  for (const rate of rates.values()) {
    const line = lineOf(rate, placeOf).find((id) => drawn.has(id));
    if (line === undefined) continue;
    const before = found.get(line);
    if (before === undefined) found.set(line, rate);
    else found.set(line, sum(before, rate));
  }
  return found;
}

/** Lines that may stand for an edge: its own; from outside by a node, the laptop's; to a pod, its dock's. */
function lineOf({ from, to }: EdgeRate, placeOf: (pod: string) => string | undefined): string[] {
  const lines = [`${from}>${to}`];
  if (from.startsWith("node/") && to.startsWith("service/")) lines.push(`laptop>${to}`);
  const dock = to.startsWith("pod/") ? placeOf(to.slice("pod/".length)) : undefined;
  if (dock?.startsWith("dock/") === true) lines.push(`${from}>node/${dock.slice("dock/".length)}`);
  return lines;
}

function sum(a: EdgeRate, b: EdgeRate): EdgeRate {
  const perSecond = a.perSecond + b.perSecond;
  const ms = Math.round((a.ms * a.perSecond + b.ms * b.perSecond) / Math.max(1, perSecond));
  return { ...a, perSecond, errors: a.errors + b.errors, ms };
}

/** Whether a line ends at a pod or a dock, where there is room to say how much comes over it. */
export function hasRoomAtEnd({ to }: Edge): boolean {
  return to.startsWith("pod/") || to.startsWith("node/");
}

/** How much comes to each pod and dock over all the lines that end there, by station; `shown`: by line. */
export function ratesAtEnds(edges: readonly Edge[], shown: ReadonlyMap<string, EdgeRate>): Map<string, EdgeRate> {
  const found = new Map<string, EdgeRate>();
  for (const edge of edges) {
    const rate = shown.get(edge.id);
    if (rate === undefined || !hasRoomAtEnd(edge)) continue;
    const before = found.get(edge.to);
    found.set(edge.to, before === undefined ? rate : sum(before, rate));
  }
  return found;
}

/** All of it, and the number that matters most for where there is less room. */
export function rateWords(
  { perSecond, errors, ms }: EdgeRate,
  t: ReturnType<typeof useT>,
): Record<"whole" | "short", string> {
  if (errors === 0) return { whole: t("traffic.rate", { perSecond, ms }), short: t("traffic.short", { perSecond }) };
  const share = Math.max(1, Math.round((errors / perSecond) * 100));
  return { whole: t("traffic.rate-failing", { perSecond, ms, share }), short: t("traffic.short-failing", { share }) };
}
