/** The Traffic view's list: the last requests with their way and their answer. */
import { useMemo } from "react";
import "./timeline.css";
import { useCluster } from "../../state/cluster.ts";
import { usePulses, useRates } from "../../state/happenings.ts";
import { formatElapsed, useTime } from "../../state/time.ts";
import { useT } from "../../words/translate.ts";

const most = 40;

export function TrafficList() {
  const t = useT();
  const list = usePulses((state) => state.list);
  const total = usePulses((state) => state.total);
  const start = useTime((state) => state.now - state.elapsed);
  const shown = useMemo(() => list.slice(-most).toReversed(), [list]);
  return (
    <section className="traffic" tabIndex={0} aria-label={t("traffic.title")}>
      <h3>
        {t("traffic.title")} <small>{t("traffic.total", { count: total })}</small> <LastSecond />
      </h3>
      {shown.length === 0 && <p>{t("traffic.empty")}</p>}
      <ol>
        {shown.map((pulse) => (
          <li key={pulse.id} className={pulse.ok ? "" : "failed"}>
            <time>{formatElapsed(pulse.time - start)}</time>
            <code>{pulse.label}</code>
            <small>{pulse.stations.map(nameOfStation).join(" → ")}</small>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Under load most requests are only counted: how many there were, how long they took, and how many of them failed. */
function LastSecond() {
  const t = useT();
  const rates = useRates((state) => state.rates);
  let [perSecond, errors, time] = [0, 0, 0];
  for (const rate of rates.values()) {
    if (!rate.to.startsWith("service/")) continue;
    perSecond += rate.perSecond;
    errors += rate.errors;
    time += rate.ms * rate.perSecond;
  }
  if (perSecond === 0) return null;
  const values = { perSecond, ms: Math.round(time / perSecond), share: Math.ceil((100 * errors) / perSecond) };
  return (
    <small>{t("traffic.sample", { rate: t(errors > 0 ? "traffic.rate-failing" : "traffic.rate", values) })}</small>
  );
}

function nameOfStation(station: string): string {
  const { pods, services } = useCluster.getState();
  const id = station.slice(station.indexOf("/") + 1);
  if (station.startsWith("pod/")) return pods.get(id)?.name ?? id;
  if (station.startsWith("service/")) return services.get(id)?.name ?? id;
  return id;
}
