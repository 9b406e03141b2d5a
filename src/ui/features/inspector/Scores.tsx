/** How each node did in the scheduler's choice: its sum, what each plugin added, or what ruled it out. */
import type { InspectorView } from "../../../worker/protocol.ts";
import { useT } from "../../words/translate.ts";

export function Scores({ scores }: { scores: NonNullable<InspectorView["scores"]> }) {
  const t = useT();
  return (
    <details className="scores">
      <summary>{t("inspector.see-scores")}</summary>
      <ul>
        {scores.map(({ node, total, plugins, rejected }) => (
          <li key={node} className={rejected === undefined ? "" : "ruled-out"}>
            <span className="score-node">{node}</span>
            <b>{rejected === undefined ? total : "–"}</b>
            <span className="score-parts">
              {rejected ??
                (plugins.length === 0
                  ? t("inspector.not-scored")
                  : plugins.map(({ name, weighted }) => `${name} ${weighted}`).join(" · "))}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
