/**
 * The lines between stations. Dashed means: known, but it does not answer. While requests go over a line, it says how many
 * a second, how long they take, and how many of them fail.
 */
import { memo, useMemo } from "react";
import type { EdgeRate } from "../../../worker/protocol.ts";
import { useRates } from "../../state/happenings.ts";
import { useSelection } from "../../state/selection.ts";
import { useT } from "../../words/translate.ts";
import { ratesOfEdges } from "./edge-rates.ts";
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
            {rate !== undefined && <RateLabel rate={rate} path={`edge-${index}`} />}
          </g>
        );
      })}
    </svg>
  );
});

function RateLabel({ rate, path }: { rate: EdgeRate; path: string }) {
  const t = useT();
  const { perSecond, errors, ms } = rate;
  const share = Math.max(1, Math.round((errors / perSecond) * 100));
  return (
    <text className={errors > 0 ? "edge-rate failing" : "edge-rate"} dy="-4">
      <textPath href={`#${path}`} startOffset="50%" textAnchor="middle">
        {errors > 0 ? t("traffic.rate-failing", { perSecond, ms, share }) : t("traffic.rate", { perSecond, ms })}
      </textPath>
    </text>
  );
}
