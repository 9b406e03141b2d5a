/**
 * What goes over the lines to a pod or a dock, said on the pod's card or in the dock's head: lines that leave one service
 * lie too close together for words between them.
 */
import { memo, useMemo } from "react";
import type { EdgeRate } from "../../../worker/protocol.ts";
import { useRates } from "../../state/happenings.ts";
import { useT } from "../../words/translate.ts";
import { ratesAtEnds, ratesOfEdges, rateWords } from "./edge-rates.ts";
import { dockHead, podSizes, type Box } from "./geometry.ts";
import type { Picture } from "./layout-store.ts";

export const RateLayer = memo(function RateLayer({ picture }: { picture: Picture }) {
  const rates = useRates((state) => state.rates);
  const { edges, pods, stations } = picture;
  const ends = useMemo(
    () =>
      ratesAtEnds(
        edges,
        ratesOfEdges(edges, rates, (uid) => pods.get(uid)?.place),
      ),
    [edges, rates, pods],
  );
  return (
    <svg className="edges" aria-hidden="true">
      {[...ends].map(([station, rate]) => {
        const box = stations.get(station);
        return box && <RateAt key={station} box={box} rate={rate} inHead={station.startsWith("node/")} />;
      })}
    </svg>
  );
});

function RateAt({ box, rate, inHead }: { box: Box; rate: EdgeRate; inHead: boolean }) {
  const t = useT();
  const { whole, short } = rateWords(rate, t);
  const isCard = box.height >= podSizes.cards.height;
  const y = inHead ? box.y + dockHead / 2 + 4 : isCard ? box.y + box.height - 11 : box.y + box.height / 2 + 4;
  return (
    <text
      className={rate.errors > 0 ? "edge-rate on-card failing" : "edge-rate on-card"}
      x={box.x + box.width - 7}
      y={y}
      textAnchor="end"
    >
      {isCard ? whole : short}
    </text>
  );
}
