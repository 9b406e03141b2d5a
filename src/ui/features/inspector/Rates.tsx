/** What went over the edges of a pod or service in the last virtual second. */
import type { ObjectRef } from "../../../worker/protocol.ts";
import { useCluster } from "../../state/cluster.ts";
import { useRates } from "../../state/happenings.ts";
import { useT } from "../../words/translate.ts";

const most = 20;

export function Rates({ subject }: { subject: ObjectRef }) {
  const t = useT();
  const rates = useRates((state) => state.rates);
  const own = [...rates.values()].filter(({ from, to }) => isSubject(from, subject) || isSubject(to, subject));
  return (
    <section aria-label={t("network.rates-title")}>
      <h3 className="inspector-part">{t("network.rates-title")}</h3>
      {own.length === 0 && <p>{t("network.rates-none")}</p>}
      <ul className="rates">
        {own.slice(0, most).map(({ from, to, perSecond, errors, ms }) => (
          <li key={`${from}>${to}`} className={errors > 0 ? "failing" : ""}>
            <span className="mono">
              {nameOf(from)} → {nameOf(to)}
            </span>
            <b>
              {errors > 0
                ? t("traffic.rate-failing", {
                    perSecond,
                    ms,
                    share: Math.max(1, Math.round((errors / perSecond) * 100)),
                  })
                : t("traffic.rate", { perSecond, ms })}
            </b>
          </li>
        ))}
      </ul>
    </section>
  );
}

function found(station: string): { namespace: string; name: string } | undefined {
  const { pods, services } = useCluster.getState();
  const id = station.slice(station.indexOf("/") + 1);
  if (station.startsWith("pod/")) return pods.get(id);
  return station.startsWith("service/") ? services.get(id) : undefined;
}

function isSubject(station: string, { kind, namespace, name }: ObjectRef): boolean {
  const object = station.startsWith(`${kind.toLowerCase()}/`) ? found(station) : undefined;
  return object !== undefined && object.name === name && object.namespace === namespace;
}

function nameOf(station: string): string {
  return found(station)?.name ?? station.replace(/^node\//, "");
}
