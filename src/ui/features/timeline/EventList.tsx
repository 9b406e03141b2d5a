/** The Events tab of the dock: what components said lately, for the whole cluster, as `kubectl events` would. */
import { useMemo } from "react";
import "./timeline.css";
import { useHappenings } from "../../state/happenings.ts";
import { formatElapsed, useTime } from "../../state/time.ts";
import { useT } from "../../words/translate.ts";

const most = 200;

export function EventList() {
  const t = useT();
  const list = useHappenings((state) => state.list);
  const start = useTime((state) => state.now - state.elapsed);
  const events = useMemo(
    () =>
      list
        .filter((one) => one.kind === "event")
        .slice(-most)
        .toReversed(),
    [list],
  );
  return (
    <div className="event-list" tabIndex={0} role="group" aria-label={t("dock.events")}>
      {events.length === 0 && <p>{t("events.empty")}</p>}
      <table>
        <thead className="visually-hidden">
          <tr>
            <th scope="col">{t("events.time")}</th>
            <th scope="col">{t("events.source")}</th>
            <th scope="col">{t("events.object")}</th>
            <th scope="col">{t("events.message")}</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <tr key={event.id}>
              <td>{formatElapsed(event.time - start)}</td>
              <td>{event.actor}</td>
              <td>{event.subject}</td>
              <td>{event.detail}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
