/** The lines between stations. Dashed means: known, but it does not answer. */
import { memo } from "react";
import { useSelection } from "../../state/selection.ts";
import type { Edge } from "./edges.ts";
import { stationOfRef } from "./stations.ts";

export const EdgeLayer = memo(function EdgeLayer({ edges }: { edges: Edge[] }) {
  const ref = useSelection((state) => state.ref);
  const chosen = ref === null ? null : stationOfRef(ref);
  return (
    <svg className="edges" aria-hidden="true">
      {edges.map((edge) => (
        <path
          key={edge.id}
          d={edge.path}
          data-edge={edge.id}
          className={`${edge.ready ? "" : "not-ready"}${chosen !== null && (edge.from === chosen || edge.to === chosen) ? " near" : ""}`}
        />
      ))}
    </svg>
  );
});
