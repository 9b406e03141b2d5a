/**
 * The lines between stations. Dashed means: known, but it does not answer. While requests go over a line to a service, it
 * says how many a second, how long they take, and how many of them fail; lines to pods and docks say it where they end
 * (`RateLayer`).
 */
import { memo, useMemo } from "react";
import type { EdgeRate } from "../../../worker/protocol.ts";
import { useRates } from "../../state/happenings.ts";
import { useSelection } from "../../state/selection.ts";
import { useT } from "../../words/translate.ts";
import { hasRoomAtEnd, ratesOfEdges, rateWords } from "./edge-rates.ts";
import type { Edge } from "./edges.ts";
import type { Picture } from "./layout-store.ts";
import { stationOfRef } from "./stations.ts";

export const EdgeLayer = memo(function EdgeLayer({ picture }: { picture: Picture }) {
  const ref = useSelection((state) => state.ref);
  const rates = useRates((state) => state.rates);
  const chosen = ref === null ? null : stationOfRef(ref);
  const { edges, pods } = picture;
  const shown = useMemo(() => ratesOfEdges(edges, rates, (uid) => pods.get(uid)?.place), [edges, rates, pods]);
  const near = (edge: Edge): boolean => chosen !== null && (edge.from === chosen || edge.to === chosen);
  return (
    <svg className="edges" aria-hidden="true">
      {edges.map((edge, index) => {
        const rate = shown.get(edge.id);
        const busy = rate === undefined ? "" : rate.errors > 0 ? " busy failing" : " busy";
        return (
          <g key={edge.id}>
            <path
              id={`edge-${index}`}
              d={edge.path}
              data-edge={edge.id}
              className={`${edge.ready ? "" : "not-ready"}${near(edge) ? " near" : ""}${busy}`}
            />
            {rate !== undefined && !hasRoomAtEnd(edge) && <RateLabel rate={rate} edge={edge} path={`edge-${index}`} />}
          </g>
        );
      })}
    </svg>
  );
});

/** Pixels that a letter of a label takes, with some room at the ends. */
const letter = 8;

/** Along the line; where the line is too short for all of it, the number that matters most. */
function RateLabel({ rate, edge, path }: { rate: EdgeRate; edge: Edge; path: string }) {
  const t = useT();
  const { whole, short } = rateWords(rate, t);
  return (
    <text className={rate.errors > 0 ? "edge-rate failing" : "edge-rate"} dy="-4">
      <textPath href={`#${path}`} startOffset="50%" textAnchor="middle">
        {span(edge.path) >= whole.length * letter ? whole : short}
      </textPath>
    </text>
  );
}

/** From one end of a line to the other, as the crow flies. */
function span(path: string): number {
  const numbers = (path.match(/-?\d+(?:\.\d+)?/g) ?? []).map(Number);
  const [x = 0, y = 0] = numbers;
  return Math.hypot((numbers.at(-2) ?? x) - x, (numbers.at(-1) ?? y) - y);
}
