/** The middle: its four views, the chart beneath them, the instruments of the control plane at the foot. */
import { lazy, Suspense } from "react";
import { List, Map as MapIcon } from "lucide-react";
import { TabPanel, Tabs } from "../components/Tabs.tsx";
import { Timeline } from "../features/timeline/Timeline.tsx";
import { TrafficList } from "../features/timeline/TrafficList.tsx";
import { cancelReplay, toggleSystem } from "../state/actions.ts";
import { type SeaView, usePage } from "../state/page.ts";
import { useT } from "../words/translate.ts";
import { Chart } from "./Chart.tsx";
import { Instruments } from "./Instruments.tsx";

const Sea = lazy(() => import("../features/topology/Sea.tsx"));
const SeaList = lazy(() => import("../features/topology/SeaList.tsx").then((module) => ({ default: module.SeaList })));

const views: readonly SeaView[] = ["cluster", "owners", "traffic", "timeline"];

/** A session that is opened again is replayed to where it was; a long one says how far it is. */
function Starting({ replayed }: { replayed: number | null }) {
  const t = useT();
  if (replayed === null) return <p className="sea-starting">{t("sea.starting")}</p>;
  return (
    <div className="sea-starting">
      <p>{t("replay.text", { percent: Math.round(100 * replayed) })}</p>
      <progress value={replayed} aria-label={t("replay.label")} />
      <button type="button" className="btn" onClick={cancelReplay}>
        {t("replay.cancel")}
      </button>
    </div>
  );
}

export function SeaPanel() {
  const t = useT();
  const view = usePage((state) => state.seaView);
  const asList = usePage((state) => state.asList);
  const system = usePage((state) => state.systemVisible);
  const boot = usePage((state) => state.boot);
  const replayed = usePage((state) => state.replayed);
  const fetching = usePage((state) => state.fetching);
  const graph = view !== "timeline";
  return (
    <div className="sea">
      <Chart />
      <Tabs
        label={t("sea.views")}
        controls="sea-view"
        className="sea-tabs"
        active={view}
        onChange={(seaView) => usePage.setState({ seaView })}
        items={views.map((id) => ({ id, label: t(`sea.view.${id}`) }))}
      />
      <div className="sea-tools">
        <button
          type="button"
          className="btn small"
          aria-pressed={system}
          data-tip={t("sea.system-tip")}
          onClick={toggleSystem}
        >
          {t("sea.system")}
        </button>
        {graph && (
          <button
            type="button"
            className="btn small icon"
            aria-pressed={asList}
            aria-label={t("sea.as-list")}
            data-tip={t("sea.as-list")}
            onClick={() => usePage.setState({ asList: !asList })}
          >
            {asList ? <MapIcon size={13} aria-hidden="true" /> : <List size={13} aria-hidden="true" />}
          </button>
        )}
      </div>
      <TabPanel id="sea-view" tab={view} className="sea-view">
        {view === "timeline" && <Timeline />}
        {(boot === "starting" || replayed !== null) && <Starting replayed={replayed} />}
        <Suspense fallback={null}>{graph && boot === "ready" && (asList ? <SeaList /> : <Sea />)}</Suspense>
        {view === "traffic" && !asList && <TrafficList />}
        {fetching && (
          <p className="sea-fetching" role="status">
            {t("sea.fetching")}
          </p>
        )}
      </TabPanel>
      <Instruments />
    </div>
  );
}
